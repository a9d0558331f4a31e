import type { Command, CommandRequest } from '../commands/command.js';
import type { CommandContext } from '../commands/context.js';
import { CommandError } from '../command-error.js';
import { typeName } from '../query/bson-type.js';
import type { Doc } from '../query/value.js';
import type { Session } from '../sessions/session.js';
import { hasAborted, hasCommitted, Transaction } from '../transactions/transaction.js';
import { ENDS_TRANSACTION } from './ends-transaction.js';

const invalid = (why: string): CommandError => new CommandError('InvalidOptions', why);

const checkFlags = (body: Doc): void => {
  for (const field of ['autocommit', 'startTransaction'] as const) {
    const value = body.get(field);
    if (value !== undefined && typeof value !== 'boolean') {
      throw new CommandError(
        'TypeMismatch',
        `BSON field '${field}' is the wrong type '${typeName(value)}', expected type 'bool'`,
      );
    }
  }
  if (!body.has('txnNumber')) {
    const field = body.has('autocommit') ? 'autocommit' : 'startTransaction';
    throw invalid(`'${field}' field requires a transaction number to also be specified`);
  }
  if (body.get('autocommit') !== false) {
    throw invalid(
      body.has('autocommit')
        ? 'Specifying autocommit=true is not allowed.'
        : "'startTransaction' field requires 'autocommit' field to also be specified",
    );
  }
  if (body.get('startTransaction') === false)
    throw invalid('Specifying startTransaction=false is not allowed.');
};

const checkCommand = (
  context: CommandContext,
  command: Command,
  { database, name, body }: CommandRequest,
): void => {
  const unsupported = (why: string): CommandError =>
    new CommandError('OperationNotSupportedInTransaction', why);
  const creates = command.name === 'create' || command.name === 'createIndexes';
  if (command.inTransaction !== true || (creates && !context.version.has('createInTransaction'))) {
    const hint =
      command.name === 'count'
        ? ' Please see http://dochub.mongodb.org/core/transaction-count for a recommended alternative.'
        : '';
    throw unsupported(`Cannot run '${name}' in a multi-document transaction.${hint}`);
  }
  const admin = ENDS_TRANSACTION.has(command.name) || command.name === 'bulkWrite';
  if (['admin', 'config', 'local'].includes(database) && !admin) {
    throw unsupported(`Cannot run command against the '${database}' database in a transaction.`);
  }
  if (ENDS_TRANSACTION.has(command.name) && body.get('startTransaction') === true) {
    throw unsupported(`Cannot run '${name}' as the first command of a transaction.`);
  }
};

const start = (context: CommandContext, session: Session, lsid: Doc, txnNumber: bigint): Transaction => {
  const { cluster, member, cursors, runtime } = context;
  const current = session.activeNumber;
  if (txnNumber < current) throw tooOld(session, txnNumber);
  if (txnNumber === current) {
    throw cluster.topology === 'sharded'
      ? new CommandError('ConflictingOperationInProgress', `txnNumber ${String(txnNumber)} already started`)
      : new CommandError(
          50911,
          `Cannot start a transaction at given transaction number ${String(txnNumber)}: a transaction or retryable write with the same number has begun`,
        );
  }
  const identity = { lsid, userKey: context.userKey, txnNumber };
  const transaction = new Transaction(identity, member.data.store, member, runtime.now(), cluster.sharding);
  session.startTransaction(transaction);
  const lifetime = member.integerParameter('transactionLifetimeLimitSeconds') * 1000;
  transaction.expireBy(runtime.setTimer(lifetime, () => transaction.abort()));
  transaction.onEnd(() => cursors.killWhere((cursor) => cursor.transaction === transaction));
  return transaction;
};

const tooOld = (session: Session, txnNumber: bigint): CommandError =>
  new CommandError(
    'TransactionTooOld',
    `Cannot start transaction ${String(txnNumber)} on session ${session.key} because a newer transaction with txnNumber ${String(session.activeNumber)} has already started on this session.`,
  );

const unknown = (session: Session, txnNumber: bigint): CommandError =>
  new CommandError(
    'NoSuchTransaction',
    `Given transaction number ${String(txnNumber)} does not match any in-progress transactions. The active transaction number is ${String(session.activeNumber)}`,
  );

/** The transaction that a statement goes on with. Routers know those alone that they have begun. */
const proceed = (context: CommandContext, session: Session, txnNumber: bigint): Transaction => {
  if (txnNumber < session.activeNumber) throw tooOld(session, txnNumber);
  const { transaction } = session;
  if (transaction?.txnNumber !== txnNumber) {
    if (session.committedElsewhere === txnNumber) throw hasCommitted(txnNumber);
    throw unknown(session, txnNumber);
  }
  if (context.cluster.topology === 'sharded' && transaction.coordinator !== context.member) {
    throw unknown(session, txnNumber);
  }
  if (transaction.state === 'prepared') {
    throw new CommandError(
      'PreparedTransactionInProgress',
      `Cannot continue transaction ${String(txnNumber)}, which is about to commit`,
    );
  }
  if (transaction.state === 'committed') throw hasCommitted(txnNumber);
  if (transaction.state === 'aborted') throw hasAborted(txnNumber);
  return transaction;
};

/**
 * Reads `autocommit` and `startTransaction`, and finds or begins the transaction that the command belongs to
 * (transactions specification; mongodb/mongo, src/mongo/db/transaction/transaction_participant.cpp).
 */
export const readTransaction = (
  context: CommandContext,
  command: Command,
  request: CommandRequest,
  lsid: Doc,
): void => {
  const { body } = request;
  checkFlags(body);
  const txnNumber = body.get('txnNumber');
  if (typeof txnNumber !== 'bigint') {
    throw new CommandError('TypeMismatch', "BSON field 'txnNumber' is the wrong type, expected type 'long'");
  }
  if (context.cluster.topology === 'standalone') {
    throw new CommandError(
      'IllegalOperation',
      'Transaction numbers are only allowed on a replica set member or mongos',
    );
  }
  if (txnNumber < 0n) throw invalid('Transaction number cannot be negative');
  checkCommand(context, command, request);
  const { session } = context;
  if (session === undefined) return;
  context.inTransaction = true;
  if (ENDS_TRANSACTION.has(command.name)) return;
  context.transaction =
    body.get('startTransaction') === true
      ? start(context, session, lsid, txnNumber)
      : proceed(context, session, txnNumber);
};
