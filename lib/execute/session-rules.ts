import type { Connection } from '../connection/connection.js';
import { ConfigurationError, InvalidOperation } from '../core/errors/usage.js';
import { endingOf } from '../operations/end-transaction.js';
import type { ServerSession } from '../sessions/server-session.js';
import type { SessionState } from '../sessions/session-state.js';
import type { Server } from '../topology/server.js';
import type { ServerDescription } from '../topology/description/server-description.js';
import type { ExecuteContext } from './execute-context.js';
import type { Run } from './run.js';
import { checkStillOpen } from './transaction/transaction-entry.js';

/** Servers from this wire version (5.0) on read from snapshots outside of transactions. */
const SNAPSHOTS_FROM_WIRE_VERSION = 13;

/** Refuses a session that this execution cannot be part of. */
export const checkSession = (
  context: ExecuteContext,
  session: SessionState,
  unacknowledged: boolean,
): void => {
  if (session.owner !== context)
    throw new InvalidOperation(
      'The session was started by another client, or by this one before it was closed',
    );
  if (session.hasEnded) throw new InvalidOperation('The session has ended and cannot be used');
  if (unacknowledged && session.explicit) {
    throw new ConfigurationError('An unacknowledged write (w: 0) cannot be part of a session');
  }
};

/** The server session of one attempt: the given session's, or one borrowed for the execution (SESS-7). */
export const serverSessionFor = (
  context: ExecuteContext,
  run: Run,
  connection: Connection,
  server: Server,
): ServerSession | undefined => {
  const { session } = run.options;
  const supported =
    connection.description.logicalSessionTimeoutMinutes !== null ||
    server.description.serverType === 'LoadBalancer';
  if (session !== undefined) {
    if (session.snapshot) checkSnapshots(connection);
    if (run.transaction !== undefined) {
      if (endingOf(run.operation) === undefined) checkStillOpen(run.transaction, run.operation.name);
      checkTransactions(server.description);
    }
    if (supported) return session.serverSession;
    if (!session.explicit) return undefined;
    throw new ConfigurationError(`The server ${connection.address} does not support sessions`);
  }
  if (!supported || run.unacknowledged) return undefined;
  return (run.borrowed ??= context.sessions.acquire());
};

/** Gives a borrowed session back. */
export const returnSession = (context: ExecuteContext, run: Run): void => {
  if (run.borrowed === undefined) return;
  context.sessions.release(run.borrowed);
  run.borrowed = undefined;
};

/** Snapshot reads specification, "Requires MongoDB 5.0+". */
const checkSnapshots = ({ description, address }: Connection): void => {
  if (description.maxWireVersion >= SNAPSHOTS_FROM_WIRE_VERSION) return;
  throw new ConfigurationError(`Snapshot reads require MongoDB 5.0 or later: ${address} is an older server`);
};

/** Refuses what every standalone would refuse, before anything is sent to it. */
export const checkTransactions = ({ serverType, address }: ServerDescription): void => {
  if (serverType !== 'Standalone') return;
  throw new InvalidOperation(
    `Transactions need a replica set or a sharded cluster: ${address} is a standalone server`,
  );
};
