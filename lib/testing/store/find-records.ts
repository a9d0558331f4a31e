import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import type { Evaluation } from '../query/evaluation.js';
import { compileFilter, type MatchDetails } from '../query/matcher.js';
import { compileSort, sortBy, type SortOrder } from '../query/sort.js';
import type { Doc, Value } from '../query/value.js';
import type { CollectionAccess } from './collection-access.js';
import { choosePlan, naturalSort, type Plan, type PlanDescription } from './plan.js';

export interface RecordQuery {
  readonly collection: CollectionAccess;
  readonly filter: Doc;
  readonly evaluation: Evaluation;
  readonly sort?: Doc | undefined;
  readonly hint?: Value | undefined;
  /** Bounds of the hinted index: inclusive and exclusive. */
  readonly min?: Doc | undefined;
  readonly max?: Doc | undefined;
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
  /** Called now and then; throws when the command is to stop. */
  check(): void;
}

export interface FoundRecord {
  readonly record: number;
  readonly raw: RawDocument;
  /** The array index that the positional operator stands for. */
  readonly details: MatchDetails;
}

const CHECK_EVERY = 1024;
const NO_DETAILS: MatchDetails = Object.freeze({ index: undefined });

type Match = (raw: RawDocument) => MatchDetails | undefined;

const matcherOf = (filter: Doc, evaluation: Evaluation): Match => {
  if (filter.size === 0) return () => NO_DETAILS;
  const predicate = compileFilter(filter, evaluation);
  return (raw) => {
    const details: MatchDetails = { index: undefined };
    return predicate(raw.doc, details) ? details : undefined;
  };
};

/** Keeps what lies between `min` and `max` in the order of the hinted index. */
const withinBounds = (query: RecordQuery, order: SortOrder | undefined): ((raw: RawDocument) => boolean) => {
  const { min, max } = query;
  if (min === undefined && max === undefined) return () => true;
  if (query.hint === undefined)
    throw new CommandError(51173, 'A hint must be provided when using min or max');
  if (order === undefined) throw new CommandError(51174, 'min and max need an index with ordinary keys');
  const paths = order.fields.map(({ path }) => path);
  const bound = (fields: Doc | undefined): readonly Value[] | undefined => {
    if (fields === undefined) return undefined;
    if (fields.size !== paths.length || !paths.every((path) => fields.has(path))) {
      throw new CommandError(51174, 'The index chosen is not compatible with min/max');
    }
    return paths.map((path) => fields.get(path) ?? null);
  };
  const [low, high] = [bound(min), bound(max)];
  return (raw) => {
    const key = order.keyOf(raw.doc);
    return (
      (low === undefined || order.compareKeys(key, low) >= 0) &&
      (high === undefined || order.compareKeys(key, high) < 0)
    );
  };
};

const scan = function* (query: RecordQuery, plan: Plan, match: Match): Iterable<FoundRecord> {
  const inBounds = withinBounds(query, plan.order);
  let seen = 0;
  for (const [record, raw] of plan.records) {
    if (++seen % CHECK_EVERY === 0) query.check();
    if (plan.restrict?.covers(raw.doc) === false || !inBounds(raw)) continue;
    const details = match(raw);
    if (details !== undefined) yield { record, raw, details };
  }
};

const planOf = ({ collection, filter, hint, sort, evaluation }: RecordQuery): Plan =>
  choosePlan(collection, filter, hint ?? naturalHint(sort), evaluation);

const naturalHint = (sort: Doc | undefined): Value | undefined => {
  const direction = naturalSort(sort);
  return direction === undefined ? undefined : new Map([['$natural', direction]]);
};

/** What the query is answered by, for explain. */
export const describePlan = (query: RecordQuery): PlanDescription => planOf(query).description;

const cut = function* (records: Iterable<FoundRecord>, skip: number, limit: number): Iterable<FoundRecord> {
  let position = 0;
  if (limit <= 0) return;
  for (const found of records) {
    position += 1;
    if (position <= skip) continue;
    yield found;
    if (position >= skip + limit) return;
  }
};

const isSorted = (records: readonly FoundRecord[], order: SortOrder): boolean => {
  let previous: readonly Value[] | undefined;
  for (const { raw } of records) {
    const key = order.keyOf(raw.doc);
    if (previous !== undefined && order.compareKeys(previous, key) > 0) return false;
    previous = key;
  }
  return true;
};

/**
 * The records a query finds, in order, after skip and limit. An array where the whole result had to be put in order;
 * else records are looked for while they are taken. Without a sort they come in the order of the index that a server
 * would use. The filter and the sort are checked at once.
 */
export const findRecords = (query: RecordQuery): Iterable<FoundRecord> => {
  const { evaluation, sort, skip = 0, limit = Infinity } = query;
  const match = matcherOf(query.filter, evaluation);
  const explicit = sort !== undefined && sort.size > 0 && naturalSort(sort) === undefined;
  const plan = planOf(query);
  const chosen = explicit ? compileSort(sort, evaluation) : plan.order;
  const found = scan(query, plan, match);
  if (chosen === undefined) return skip === 0 && limit === Infinity ? found : cut(found, skip, limit);
  const all = [...found];
  const ordered = !explicit && isSorted(all, chosen) ? all : sortBy(all, chosen, ({ raw }) => raw.doc);
  return ordered.slice(skip, skip + limit);
};
