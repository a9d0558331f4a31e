import type { Timestamp } from '../bson/values.js';
import { CURSOR_COMMANDS } from '../operations/cursor-commands.js';
import type { Operation } from '../operations/operation.js';
import type { ReadConcern } from '../options/read-concern.js';
import type { ReadPreference } from '../options/read-preference.js';
import type { ServerApiObject } from '../options/server-api.js';
import type { WriteConcern } from '../options/write-concern.js';
import type { ClusterTime } from '../sessions/cluster-time.js';
import type { SessionState } from '../sessions/session-state.js';
import type { Transaction } from '../sessions/transaction.js';
import type { Command } from '../wire/command.js';
import { putWriteConcern } from './put-write-concern.js';
import { dressForTransaction } from './transaction/transaction-dress.js';

/** Everything that is put on a command besides what its operation built and what goes beside its body. */
export interface Dress {
  /** The command is sent in a session, and with a transaction number. */
  readonly inSession: boolean;
  readonly hasNumber: boolean;
  /** The explicit session, or the implicit one of a cursor. */
  readonly session: SessionState | undefined;
  /** The transaction the command is part of, and whether it is its first. */
  readonly transaction: Transaction | undefined;
  readonly startsTransaction: boolean;
  readonly clusterTime: ClusterTime | undefined;
  readonly readConcern: ReadConcern | undefined;
  readonly writeConcern: WriteConcern | undefined;
  /** Under `timeoutMS` the time limit of a write concern does not count. */
  readonly timeoutMS: number | undefined;
  /** Already decided for this server (`read-preference-rule.ts`); undefined sends nothing. */
  readonly readPreference: ReadPreference | undefined;
  readonly serverApi: ServerApiObject | undefined;
}

/** Causal consistency specification: reads and writes of such a session come after what it has seen. */
const causalTime = (session: SessionState | undefined): Timestamp | undefined =>
  session?.causalConsistency === true ? session.operationTime : undefined;

const dressReadConcern = (
  body: Record<string, unknown>,
  operation: Operation<unknown>,
  dress: Dress,
): void => {
  const { session } = dress;
  if (session?.snapshot === true && !CURSOR_COMMANDS.has(operation.name)) {
    // On every command: what cannot be read from a snapshot, the server refuses (sessions specification, snapshot reads).
    body['readConcern'] = {
      level: 'snapshot',
      ...(session.snapshotTime !== undefined && { atClusterTime: session.snapshotTime }),
    };
    return;
  }
  const reads = operation.takesReadConcern === true;
  const afterClusterTime = reads || operation.takesWriteConcern === true ? causalTime(session) : undefined;
  const level = reads ? dress.readConcern?.level : undefined;
  if (level === undefined && afterClusterTime === undefined) return;
  body['readConcern'] = {
    ...(level !== undefined && { level }),
    ...(afterClusterTime !== undefined && { afterClusterTime }),
  };
};

/**
 * Puts concerns, cluster time, read preference and API version on a command: the one place where this happens, so that
 * operations and connections know nothing of them. The body is this attempt's own.
 */
export const dressCommand = (command: Command, operation: Operation<unknown>, dress: Dress): void => {
  const { body } = command;
  const { transaction } = dress;
  if (transaction !== undefined) {
    const { startsTransaction, session, timeoutMS } = dress;
    dressForTransaction(body, operation, transaction, startsTransaction, causalTime(session), timeoutMS);
  } else if (!('readConcern' in body)) dressReadConcern(body, operation, dress);
  if (operation.takesWriteConcern === true && dress.writeConcern !== undefined && !('writeConcern' in body)) {
    putWriteConcern(body, dress.writeConcern, dress.timeoutMS);
  }
  // These go beside the body: what a command of the user's own says of them does not count.
  if (dress.inSession && 'lsid' in body) delete body['lsid'];
  if (dress.hasNumber && 'txnNumber' in body) delete body['txnNumber'];
  if (dress.clusterTime !== undefined) body['$clusterTime'] = dress.clusterTime.document;
  if (dress.readPreference !== undefined) body['$readPreference'] = dress.readPreference.toCommand();
  const { serverApi } = dress;
  if (serverApi !== undefined) {
    body['apiVersion'] = serverApi.version;
    if (serverApi.strict !== undefined) body['apiStrict'] = serverApi.strict;
    if (serverApi.deprecationErrors !== undefined) body['apiDeprecationErrors'] = serverApi.deprecationErrors;
  }
};
