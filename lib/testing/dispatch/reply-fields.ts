import { Double } from 'bson';
import type { CommandContext } from '../commands/context.js';
import type { Reply } from '../commands/command.js';
import { CommandError } from '../command-error.js';
import { ERROR_CODES, NOT_PRIMARY_ERRORS } from '../error-codes.js';

const OK = new Double(1);
const NOT_OK = new Double(0);

/** Names of codes before the wording changed. */
const OLD_NAMES: ReadonlyMap<number, string> = new Map([
  [ERROR_CODES.NotWritablePrimary, 'NotMaster'],
  [ERROR_CODES.NotPrimaryNoSecondaryOk, 'NotMasterNoSlaveOk'],
  [ERROR_CODES.NotPrimaryOrSecondary, 'NotMasterOrSecondary'],
]);

const codeNameOf = (context: CommandContext, { code, codeName }: CommandError): string =>
  context.version.has('newPrimaryTerms') ? codeName : (OLD_NAMES.get(code) ?? codeName);

/** `topologyVersion` as hello and the errors of a state change carry it. */
export const topologyVersion = (context: CommandContext): Record<string, unknown> => ({
  processId: context.member.processId,
  counter: context.member.topologyCounter,
});

/** The times that replica sets and routers send with every reply. */
const addTimes = (context: CommandContext, reply: Reply): void => {
  const { cluster, member } = context;
  if (!cluster.hasClusterTime) return;
  reply['$clusterTime'] = cluster.clusterTimeDocument();
  const byMajority = context.readConcern.level === 'majority' ? context.replica?.majority : undefined;
  reply['operationTime'] = byMajority?.ts ?? member.data.log.lastApplied;
};

/** Completes the reply of a command that succeeded; adds to the object it is given. */
export const completeReply = (context: CommandContext, reply: Reply): Reply => {
  reply['ok'] ??= OK;
  addTimes(context, reply);
  return reply;
};

/** The reply of a command that failed. */
export const errorReply = (
  context: CommandContext,
  error: CommandError,
  labels: readonly string[],
): Reply => {
  const reply: Reply = {
    ...(labels.length > 0 && { errorLabels: labels }),
    ok: NOT_OK,
    errmsg: error.message,
    code: error.code,
    codeName: codeNameOf(context, error),
    ...error.extra,
  };
  // A step-down changes the topologyVersion, so those errors carry it; a router has no step-downs of its own.
  if (
    context.cluster.topology === 'replicaset' &&
    context.version.has('streamingHello') &&
    NOT_PRIMARY_ERRORS.has(error.code)
  ) {
    reply['topologyVersion'] = topologyVersion(context);
  }
  addTimes(context, reply);
  return reply;
};

/** What a command threw, as an error that a client can be told. */
export const asCommandError = (error: unknown): CommandError => {
  if (error instanceof CommandError) return error;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`The embedded deployment failed a command: ${text}`, 'AsyncMongoWarning');
  return new CommandError('InternalError', error instanceof Error ? error.message : String(error));
};
