import type { Command, CommandRequest } from '../commands/command.js';
import type { CommandContext } from '../commands/context.js';
import { FailingStatements } from '../failpoints/failing-statements.js';
import { LoggedStatements } from '../sessions/logged-statements.js';
import { CommandError } from '../command-error.js';
import { readTransaction } from './transaction-arguments.js';
import type { Doc } from '../query/value.js';

const FIELDS_WITHIN_SESSION = ['txnNumber', 'autocommit', 'startTransaction'] as const;

/** Reads `lsid` and `txnNumber` into the context (driver sessions and retryable writes specifications). */
export const readSession = (context: CommandContext, command: Command, request: CommandRequest): void => {
  const { body } = request;
  const lsid = body.get('lsid');
  if (lsid === undefined) {
    const field = FIELDS_WITHIN_SESSION.find((name) => body.has(name));
    if (field !== undefined) {
      throw new CommandError('InvalidOptions', `Field ${field} requires a session ID to also be specified`);
    }
    return;
  }
  // Before authentication there is nobody the session could belong to; the server passes over it.
  if (context.cluster.authRequired && context.connection.user === undefined) return;
  if (!(lsid instanceof Map)) {
    throw new CommandError('TypeMismatch', "BSON field 'lsid' is the wrong type, expected type 'object'");
  }
  context.session = context.member.data.sessions.use(lsid, context.userKey);
  if (body.has('autocommit') || body.has('startTransaction')) {
    readTransaction(context, command, request, lsid);
    return;
  }
  const txnNumber = body.get('txnNumber');
  if (txnNumber !== undefined)
    readTxnNumber(context, command, lsid, typeof txnNumber === 'bigint' ? txnNumber : undefined);
};

const readTxnNumber = (
  context: CommandContext,
  command: Command,
  lsid: Doc,
  txnNumber: bigint | undefined,
): void => {
  if (txnNumber === undefined) {
    throw new CommandError('TypeMismatch', "BSON field 'txnNumber' is the wrong type, expected type 'long'");
  }
  if (context.cluster.topology === 'standalone') {
    throw new CommandError(
      'IllegalOperation',
      'Transaction numbers are only allowed on a replica set member or mongos',
    );
  }
  if (txnNumber < 0n) throw new CommandError('InvalidOptions', 'Transaction number cannot be negative');
  if (command.retryable !== true) {
    throw new CommandError(
      'NotARetryableWriteCommand',
      'txnNumber may only be provided for multi-document transactions and retryable write commands. ' +
        `autocommit:false was not provided, and ${command.name} is not a retryable write command.`,
    );
  }
  const { session, userKey } = context;
  if (session === undefined) return;
  const { failPoints, data } = context.member;
  const history = new LoggedStatements(session.retryableWrite(txnNumber), data.log, {
    lsid,
    userKey,
    txnNumber,
  });
  context.retry = failPoints.any
    ? new FailingStatements(history, failPoints, context.connection, () => context.runtime.random())
    : history;
};
