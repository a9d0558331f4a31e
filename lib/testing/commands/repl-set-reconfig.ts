import { CommandError } from '../command-error.js';
import { checkSuccessor, parseConfig } from '../replication/parse-config.js';
import { inConfig, type SetConfig } from '../replication/set-config.js';
import type { Command } from './command.js';
import { boolField, requiredDoc } from './command-fields.js';
import type { CommandContext } from './context.js';
import { requireReplica, requireReplicaSet } from './replica-set-only.js';

/** By how much a forced configuration is ahead of any that others may have made meanwhile. */
const FORCED_STEP = 10_000;

const checkSelf = ({ member }: CommandContext, config: SetConfig, force: boolean): void => {
  const self = inConfig(config, member);
  if (self === undefined && !force) {
    throw new CommandError(
      'NodeNotFound',
      `No host described in new configuration with {version: ${String(config.version)}} maps to this node`,
    );
  }
  if (self?.priority === 0 && !force) {
    throw new CommandError(
      'NodeNotElectable',
      `This node, ${member.address}, is not electable under the new configuration`,
    );
  }
};

export const replSetReconfig: Command = {
  name: 'replSetReconfig',
  kind: 'admin',
  adminOnly: true,
  run: (context, { body }) => {
    const set = requireReplicaSet(context);
    const replica = requireReplica(context);
    const force = boolField('replSetReconfig', body, 'force');
    if (!force && !context.member.writable) {
      throw new CommandError(
        'NotWritablePrimary',
        `replSetReconfig should only be run on a writable PRIMARY. Current state ${context.member.state};`,
      );
    }
    const document = requiredDoc('replSetReconfig', body, 'replSetReconfig');
    if (document.get('_id') !== context.cluster.setName) {
      throw new CommandError(
        'NewReplicaSetConfigurationIncompatible',
        `New and old configurations differ in replica set name; the old was ${context.cluster.setName}, and the new is ${String(document.get('_id'))}`,
      );
    }
    const config = parseConfig(document, force ? -1 : replica.term, context.cluster.members);
    if (!force) checkSuccessor(replica.config, config, context.version.has('configTerm'));
    checkSelf(context, config, force);
    const version = force ? Math.max(config.version, replica.config.version) + FORCED_STEP : config.version;
    set.install(replica, { ...config, version });
    return {};
  },
};
