import type { Timestamp } from '../bson/values.js';
import type { ServerApi } from '../connection/open-connection.js';
import type { Operation } from '../operations/operation.js';
import type { ReadConcern } from '../options/read-concern.js';
import type { ReadPreference } from '../options/read-preference.js';
import type { WriteConcern } from '../options/write-concern.js';
import type { ClusterTime } from '../sessions/cluster-time.js';
import type { ServerSession } from '../sessions/server-session.js';
import type { SessionState } from '../sessions/session-state.js';
import type { Command } from '../wire/command.js';

/** Everything that is put on a command besides what its operation built. */
export interface Dress {
  readonly serverSession: ServerSession | undefined;
  /** The explicit session, or the implicit one of a cursor. */
  readonly session: SessionState | undefined;
  /** Number of a retryable write. */
  readonly txnNumber: bigint | undefined;
  readonly clusterTime: ClusterTime | undefined;
  readonly readConcern: ReadConcern | undefined;
  readonly writeConcern: WriteConcern | undefined;
  /** Already decided for this server (`read-preference-rule.ts`); undefined sends nothing. */
  readonly readPreference: ReadPreference | undefined;
  readonly serverApi: ServerApi | undefined;
}

/** Causal consistency specification: reads of a causally consistent session come after what it has seen. */
const causalTime = (session: SessionState | undefined): Timestamp | undefined =>
  session?.causalConsistency === true ? session.operationTime : undefined;

const dressReadConcern = (body: Record<string, unknown>, dress: Dress): void => {
  const { session } = dress;
  if (session?.snapshot === true) {
    body['readConcern'] = {
      level: 'snapshot',
      ...(session.snapshotTime !== undefined && { atClusterTime: session.snapshotTime }),
    };
    return;
  }
  const afterClusterTime = causalTime(session);
  const level = dress.readConcern?.level;
  if (level === undefined && afterClusterTime === undefined) return;
  body['readConcern'] = {
    ...(level !== undefined && { level }),
    ...(afterClusterTime !== undefined && { afterClusterTime }),
  };
};

/**
 * Puts concerns, session, cluster time, read preference and API version on a command: the one place where this
 * happens, so that operations and connections know nothing of sessions. The body is this attempt's own.
 */
export const dressCommand = (command: Command, operation: Operation<unknown>, dress: Dress): void => {
  const { body } = command;
  if (operation.takesReadConcern === true && !('readConcern' in body)) dressReadConcern(body, dress);
  if (
    operation.takesWriteConcern === true &&
    dress.writeConcern !== undefined &&
    !dress.writeConcern.isServerDefault &&
    !('writeConcern' in body)
  ) {
    body['writeConcern'] = dress.writeConcern.toCommand();
  }
  if (dress.serverSession !== undefined) {
    body['lsid'] = dress.serverSession.lsid;
    if (dress.txnNumber !== undefined) body['txnNumber'] = dress.txnNumber;
  }
  if (dress.clusterTime !== undefined) body['$clusterTime'] = dress.clusterTime.document;
  if (dress.readPreference !== undefined) body['$readPreference'] = dress.readPreference.toCommand();
  const { serverApi } = dress;
  if (serverApi !== undefined) {
    body['apiVersion'] = serverApi.version;
    if (serverApi.strict !== undefined) body['apiStrict'] = serverApi.strict;
    if (serverApi.deprecationErrors !== undefined) body['apiDeprecationErrors'] = serverApi.deprecationErrors;
  }
};
