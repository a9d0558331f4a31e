import { Timestamp } from 'bson';
import { ChangeSource } from '../change-streams/change-source.js';
import { highWater, type StreamPosition } from '../change-streams/resume-token.js';
import { readStreamOptions, type StreamOptions } from '../change-streams/stream-options.js';
import type { StreamScope } from '../change-streams/stream-scope.js';
import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import type { Evaluation } from '../query/evaluation.js';
import { compilePipeline, isStage, readStage } from '../query/pipeline/pipeline.js';
import type { Value } from '../query/value.js';
import type { LogWrite } from '../replication/replication-log.js';
import { splitNamespace } from '../store/namespace.js';
import type { CommandContext } from './context.js';

/** Stages that may follow `$changeStream` (change-streams specification; manual, "Modify Change Stream Output"). */
const ALLOWED: ReadonlySet<string> = new Set([
  '$addFields',
  '$match',
  '$project',
  '$redact',
  '$replaceRoot',
  '$replaceWith',
  '$set',
  '$unset',
]);

const SPLIT = '$changeStreamSplitLargeEvent';

const checkStages = (context: CommandContext, stages: readonly Value[]): boolean => {
  const names = stages.map((stage) => readStage(stage)[0]);
  const split = names.indexOf(SPLIT);
  const splits = split >= 0 && context.version.has('splitLargeEvent');
  if (splits && split < names.length - 1) {
    throw new CommandError(7182802, `${SPLIT} must be the last stage in the pipeline`);
  }
  for (const name of splits ? names.slice(0, -1) : names) {
    if (ALLOWED.has(name)) continue;
    if (!isStage(name)) throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
    if (name === '$changeStream') {
      throw new CommandError(40602, '$changeStream is only valid as the first stage in a pipeline');
    }
    throw new CommandError('IllegalOperation', `${name} is not permitted in a $changeStream pipeline`);
  }
  return splits;
};

const scopeOf = (
  context: CommandContext,
  database: string,
  name: string | undefined,
  all: boolean,
): StreamScope => {
  if (all) {
    if (database === 'admin' && name === undefined) return { database: undefined, name: undefined };
    throw new CommandError(
      'InvalidOptions',
      "A $changeStream with 'allChangesForCluster:true' may only be opened on the 'admin' database, and with no collection name",
    );
  }
  if (['admin', 'config', 'local'].includes(database)) {
    throw new CommandError(
      'InvalidNamespace',
      `$changeStream may not be opened on the internal ${database} database`,
    );
  }
  if (name?.startsWith('system.') === true) {
    throw new CommandError(
      'InvalidNamespace',
      `$changeStream may not be opened on the internal ${database}.${name} collection`,
    );
  }
  if (name !== undefined && context.store.view(database, name) !== undefined) {
    throw new CommandError(
      'CommandNotSupportedOnView',
      `Namespace ${database}.${name} is a view, not a collection`,
    );
  }
  return { database, name };
};

const checkContext = ({ cluster, readConcern, inTransaction }: CommandContext): void => {
  if (!cluster.hasClusterTime) {
    throw new CommandError(40573, 'The $changeStream stage is only supported on replica sets');
  }
  if (inTransaction) {
    throw new CommandError(
      'OperationNotSupportedInTransaction',
      'Operation not permitted in transaction :: caused by :: Aggregation stage: $changeStream is not allowed in a transaction',
    );
  }
  if (readConcern.given && readConcern.level !== 'majority') {
    throw new CommandError(
      'InvalidOptions',
      `$changeStream cannot run with a readConcern other than 'majority'. Current readConcern: ${readConcern.level}`,
    );
  }
};

const tickAfter = ({ t, i }: Timestamp): Timestamp => new Timestamp({ t, i: i + 1 });

const startOf = (options: StreamOptions, now: Timestamp): StreamPosition =>
  options.resumeAfter ?? options.startAfter ?? highWater(options.startAtOperationTime ?? tickAfter(now));

export interface ChangeStreamRequest {
  readonly database: string;
  /** Undefined for `aggregate: 1`. */
  readonly name: string | undefined;
  readonly operand: Value;
  /** What follows the `$changeStream`. */
  readonly stages: readonly Value[];
  readonly evaluation: Evaluation;
}

/** Opens a change stream on the log of this member. */
export const openChangeStream = (
  context: CommandContext,
  { database, name, operand, stages, evaluation }: ChangeStreamRequest,
): ChangeSource => {
  context.changeStream = true;
  checkContext(context);
  const options = readStreamOptions(operand, context.version);
  const scope = scopeOf(context, database, name, options.allChangesForCluster);
  const splits = checkStages(context, stages);
  const { store, replica, member, version } = context;
  const { log } = member.data;
  const committed = (): Timestamp => replica?.majority.ts ?? log.lastApplied;
  const lookUp = (write: LogWrite, id: Value): RawDocument | undefined => {
    const collection = store.collection(...splitNamespace(write.ns));
    if (collection === undefined || write.ui?.equals(collection.uuid) !== true) return undefined;
    const record = collection.recordOf(id);
    return record === undefined ? undefined : collection.records.get(record);
  };
  return new ChangeSource({
    log,
    events: { scope, options, version, lookUp },
    committed,
    onMore: (wake) => {
      const stops = [log.listen(wake), replica?.onProgress(wake)];
      return () => {
        for (const stop of stops) stop?.();
      };
    },
    stages: compilePipeline(splits ? stages.slice(0, -1) : stages, evaluation),
    splits,
    after: startOf(options, committed()),
  });
};
