import type { Command } from '../commands/command.js';
import { parseReadConcern, parseWriteConcern } from '../commands/concerns.js';
import type { CommandContext } from '../commands/context.js';
import { CommandError } from '../command-error.js';
import type { Doc } from '../query/value.js';
import { ENDS_TRANSACTION } from './ends-transaction.js';
import { checkWriteConcern } from './write-concern.js';

const SNAPSHOT_READS: ReadonlySet<string> = new Set(['find', 'aggregate', 'distinct']);

/** The first command of a transaction may say what all its commands read. */
const checkTransactionConcern = ({ transaction }: CommandContext, body: Doc, level: string): void => {
  if (transaction === undefined || body.get('startTransaction') !== true) {
    throw new CommandError(
      'InvalidOptions',
      'Only the first command in a transaction may specify a readConcern',
    );
  }
  if (level !== 'local' && level !== 'majority' && level !== 'snapshot') {
    throw new CommandError(
      'InvalidOptions',
      "The readConcern level must be either 'local' (default), 'majority' or 'snapshot' in order to run in a transaction",
    );
  }
};

const checkLevel = (context: CommandContext, command: Command): void => {
  const { level, afterClusterTime, given } = context.readConcern;
  const { cluster, member } = context;
  if (given && level !== 'local' && command.kind !== 'read') {
    throw new CommandError(
      'InvalidOptions',
      `Command ${command.name} does not support { readConcern: { level: "${level}" } }`,
    );
  }
  if (level === 'snapshot' && !(SNAPSHOT_READS.has(command.name) && context.version.has('snapshotReads'))) {
    throw new CommandError(
      'InvalidOptions',
      `readConcern level snapshot is not supported by ${command.name} outside of a transaction`,
    );
  }
  if (
    cluster.topology === 'standalone' &&
    (level === 'snapshot' || level === 'linearizable' || afterClusterTime)
  ) {
    throw new CommandError('NotAReplicaSet', 'node needs to be a replica set member to use read concern');
  }
  if (level === 'linearizable' && cluster.topology === 'replicaset' && !member.writable) {
    throw new CommandError(
      'NotWritablePrimary',
      'cannot satisfy linearizable read concern on non-primary node',
    );
  }
};

const readReadConcern = (context: CommandContext, command: Command, body: Doc): void => {
  const concern = parseReadConcern(body.get('readConcern'));
  context.readConcern = concern;
  if (context.inTransaction) checkTransactionConcern(context, body, concern.level);
  else checkLevel(context, command);
  for (const field of ['afterClusterTime', 'atClusterTime'] as const) {
    if (concern[field]?.greaterThan(context.cluster.clock.now) === true) {
      throw new CommandError(
        'InvalidOptions',
        `readConcern ${field} value must not be greater than the current clusterTime`,
      );
    }
  }
};

const readWriteConcern = (context: CommandContext, takes: boolean, command: Command, body: Doc): void => {
  const value = body.get('writeConcern');
  if (value === undefined) return;
  if (context.inTransaction && !ENDS_TRANSACTION.has(command.name)) {
    throw new CommandError(
      'InvalidOptions',
      'writeConcern is not allowed within a multi-statement transaction',
    );
  }
  if (!takes)
    throw new CommandError('InvalidOptions', `Command ${command.name} does not support writeConcern`);
  context.writeConcern = parseWriteConcern(value);
  checkWriteConcern(context);
};

export const takesWriteConcern = (command: Command, body: Doc): boolean =>
  command.takesWriteConcern === undefined ? command.kind === 'write' : command.takesWriteConcern(body);

/** Reads `readConcern` and `writeConcern` into the context, and refuses them where the command has no use for them. */
export const readConcerns = (context: CommandContext, command: Command, body: Doc): void => {
  if (body.has('readConcern')) readReadConcern(context, command, body);
  readWriteConcern(context, takesWriteConcern(command, body), command, body);
};
