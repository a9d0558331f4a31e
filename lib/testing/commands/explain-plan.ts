import type { RawDocument } from '../net/raw-document.js';
import { PLAIN_EVALUATION } from '../query/evaluation.js';
import { isDoc, type Doc, type Value } from '../query/value.js';
import type { CollectionAccess } from '../store/collection-access.js';
import { describePlan, findRecords, type RecordQuery } from '../store/find-records.js';
import type { PlanDescription } from '../store/plan.js';
import type { Reply } from './command.js';
import type { CommandContext } from './context.js';

export type Verbosity = 'queryPlanner' | 'executionStats' | 'allPlansExecution';

const planOf = (description: PlanDescription, filter: Doc): Record<string, unknown> => {
  if (description.stage === 'COLLSCAN') {
    return { stage: 'COLLSCAN', filter, direction: description.direction };
  }
  if (description.stage === 'IDHACK') return { stage: 'IDHACK' };
  return {
    stage: 'FETCH',
    filter,
    inputStage: {
      stage: 'IXSCAN',
      keyPattern: description.key,
      indexName: description.name,
      direction: 'forward',
    },
  };
};

const serverInfo = (context: CommandContext): Record<string, unknown> => {
  const [host = '', port = '0'] = context.member.address.split(':');
  return { host, port: Number(port), version: context.version.full, gitVersion: 'embedded' };
};

/** The reply to an explained find, count, distinct, update or delete: which records a server would look at. */
export const explainQuery = (
  context: CommandContext,
  namespace: string,
  query: RecordQuery | undefined,
  verbosity: Verbosity,
  command: Doc,
): Reply => {
  const filter: Doc = query?.filter ?? new Map<string, Value>();
  const plan = query === undefined ? { stage: 'EOF' } : planOf(describePlan(query), filter);
  const found: RawDocument[] = [];
  if (query !== undefined && verbosity !== 'queryPlanner')
    for (const { raw } of findRecords(query)) found.push(raw);
  return {
    explainVersion: '1',
    queryPlanner: {
      namespace,
      parsedQuery: filter,
      indexFilterSet: false,
      winningPlan: plan,
      rejectedPlans: [],
    },
    executionStats:
      verbosity === 'queryPlanner'
        ? undefined
        : {
            executionSuccess: true,
            nReturned: found.length,
            executionTimeMillis: 0,
            totalKeysExamined: 0,
            totalDocsExamined: query?.collection.records.size ?? 0,
            executionStages: { ...plan, nReturned: found.length },
          },
    command,
    serverInfo: serverInfo(context),
  };
};

/** The reply to an explained aggregation: the stages as they were given behind the cursor. */
export const explainAggregate = (
  context: CommandContext,
  namespace: string,
  stages: readonly Value[],
  collection: CollectionAccess | undefined,
): Reply => {
  const [first] = stages;
  const match = isDoc(first) ? first.get('$match') : undefined;
  const filter: Doc = isDoc(match) ? match : new Map<string, Value>();
  const query =
    collection === undefined
      ? undefined
      : { collection, filter, evaluation: PLAIN_EVALUATION, check: () => context.throwIfInterrupted() };
  const plan = query === undefined ? { stage: 'EOF' } : planOf(describePlan(query), filter);
  return {
    explainVersion: '1',
    stages: [
      {
        $cursor: { queryPlanner: { namespace, indexFilterSet: false, winningPlan: plan, rejectedPlans: [] } },
      },
      ...stages.slice(isDoc(match) ? 1 : 0),
    ],
    command: { aggregate: namespace.slice(namespace.indexOf('.') + 1), pipeline: stages, cursor: {} },
    serverInfo: serverInfo(context),
  };
};
