import type { Command } from '../commands/command.js';
import { parseReadConcern, parseWriteConcern } from '../commands/concerns.js';
import type { CommandContext } from '../commands/context.js';
import { CommandError } from '../command-error.js';
import type { Doc } from '../query/value.js';
import { checkWriteConcern } from './write-concern.js';

const SNAPSHOT_READS: ReadonlySet<string> = new Set(['find', 'aggregate', 'distinct']);

const readReadConcern = (context: CommandContext, command: Command, body: Doc): void => {
  const concern = parseReadConcern(body.get('readConcern'));
  const { level, afterClusterTime } = concern;
  const { cluster, member } = context;
  context.readConcern = concern;
  if (concern.given && level !== 'local' && command.kind !== 'read') {
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
  if (afterClusterTime?.greaterThan(cluster.clock.now) === true) {
    throw new CommandError(
      'InvalidOptions',
      'readConcern afterClusterTime value must not be greater than the current clusterTime',
    );
  }
};

const readWriteConcern = (context: CommandContext, takes: boolean, command: Command, body: Doc): void => {
  const value = body.get('writeConcern');
  if (value === undefined) return;
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
