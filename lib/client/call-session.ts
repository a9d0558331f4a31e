import type { SessionState } from '../sessions/session-state.js';
import type { ClientContext } from './client-context.js';
import { sessionStateOf, type AsyncClientSession } from './session.js';
import { hasScopes, sessionInScope } from './session-scope.js';

/** The session an operation is called with: the one given, the one in force where it is called, or none for `null`. */
export const callSession = (
  context: ClientContext,
  session: AsyncClientSession | null | undefined,
): SessionState | undefined => {
  if (session !== undefined) return session === null ? undefined : sessionStateOf(session);
  return hasScopes() ? sessionInScope(context) : undefined;
};
