import { AsyncLocalStorage } from 'node:async_hooks';
import { InvalidOperation } from '../core/errors/usage.js';
import type { SessionState } from '../sessions/session-state.js';
import type { ClientContext } from './client-context.js';

/** A session that operations join by where they are called. */
export interface SessionScope {
  /** Of the client whose operations join. */
  readonly context: ClientContext;
  readonly session: SessionState;
  /** The attempt of `withTransaction` it was made for has ended: what is called now comes too late. */
  over: boolean;
  /** The scope around it, for operations of another client. */
  readonly outer: SessionScope | undefined;
}

/** Made by the first `bind`: a process that never binds a session pays nothing. */
let scopes: AsyncLocalStorage<SessionScope> | undefined;

/** Runs `action` in a scope of the session: the operations of its client join it, in everything that `action` awaits. */
export const runInScope = <T>(
  context: ClientContext,
  session: SessionState,
  action: (scope: SessionScope) => T,
): T => {
  scopes ??= new AsyncLocalStorage();
  const scope: SessionScope = { context, session, over: false, outer: scopes.getStore() };
  return scopes.run(scope, action, scope);
};

/** Whether there is any use in asking for a scope. */
export const hasScopes = (): boolean => scopes !== undefined;

/** The session of this client that is in force where this is called. */
export const sessionInScope = (context: ClientContext): SessionState | undefined => {
  for (let scope = scopes?.getStore(); scope !== undefined; scope = scope.outer) {
    if (scope.context !== context) continue;
    if (scope.over) {
      throw new InvalidOperation(
        'The withTransaction that this operation was called in has gone on without it: await each operation in the callback, ' +
          'and give `session: null` to those of a timer or another flow that was begun there and outlives it',
      );
    }
    return scope.session;
  }
  return undefined;
};
