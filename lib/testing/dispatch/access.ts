import type { Command, CommandRequest, SecondaryRule } from '../commands/command.js';
import type { CommandContext } from '../commands/context.js';
import { CommandError } from '../command-error.js';

/** Refuses what an unauthenticated connection must not do, and commands of the database admin elsewhere. */
export const checkAuthorization = (
  context: CommandContext,
  command: Command,
  request: CommandRequest,
): void => {
  if (context.cluster.authRequired && command.needsAuth !== false && context.connection.user === undefined) {
    throw new CommandError('Unauthorized', `command ${request.name} requires authentication`);
  }
  if (command.adminOnly === true && request.database !== 'admin') {
    throw new CommandError('Unauthorized', `${request.name} may only be run against the admin database.`);
  }
};

const DEFAULT_RULES: Record<Command['kind'], SecondaryRule> = {
  read: 'opt-in',
  write: 'never',
  admin: 'always',
};

const wantsSecondary = (request: CommandRequest, secondaryOk: boolean): boolean => {
  const preference = request.body.get('$readPreference');
  const mode = preference instanceof Map ? preference.get('mode') : undefined;
  return secondaryOk || (typeof mode === 'string' && mode !== 'primary');
};

/** The member-state rules of a replica set; `secondaryOk` is the flag of a legacy message. */
export const checkMemberState = (
  context: CommandContext,
  command: Command,
  request: CommandRequest,
  secondaryOk: boolean,
): void => {
  const { member, cluster } = context;
  if (cluster.topology !== 'replicaset' || member.writable) return;
  const rule =
    typeof command.secondary === 'function'
      ? command.secondary(request)
      : (command.secondary ?? DEFAULT_RULES[command.kind]);
  if (rule === 'always') return;
  const primary = context.version.has('newPrimaryTerms') ? 'primary' : 'master';
  if (rule === 'never') throw new CommandError('NotWritablePrimary', `not ${primary}`);
  if (member.state !== 'SECONDARY') {
    throw new CommandError('NotPrimaryOrSecondary', 'node is not in primary or recovering state');
  }
  if (!wantsSecondary(request, secondaryOk)) {
    const flag = primary === 'primary' ? 'secondaryOk' : 'slaveOk';
    throw new CommandError('NotPrimaryNoSecondaryOk', `not ${primary} and ${flag}=false`);
  }
};
