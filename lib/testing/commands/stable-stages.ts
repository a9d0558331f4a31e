import { isArray, type Doc } from '../query/value.js';

/** Stages outside Stable API version 1 (manual, "Stable API", "Aggregation Stages"). */
const UNSTABLE: ReadonlySet<string> = new Set([
  '$currentOp',
  '$indexStats',
  '$listLocalSessions',
  '$listSampledQueries',
  '$listSearchIndexes',
  '$listSessions',
  '$planCacheStats',
  '$queryStats',
  '$search',
  '$searchMeta',
  '$vectorSearch',
]);

/** Whether every stage of an aggregate is part of API version 1. */
export const hasStableStages = (body: Doc): boolean => {
  const pipeline = body.get('pipeline');
  return (
    !isArray(pipeline) ||
    pipeline.every(
      (stage) => !(stage instanceof Map) || ![...stage.keys()].some((name) => UNSTABLE.has(name)),
    )
  );
};
