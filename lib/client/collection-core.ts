import type { Document } from '../bson/document.js';
import { surface } from '../core/errors/surface.js';
import { AsyncCommandCursor } from '../cursors/async-command-cursor.js';
import type { CursorPlan } from '../cursors/cursor-engine.js';
import type { CursorReply } from '../operations/cursor-reply.js';
import type { GetMoreOptions } from '../operations/get-more.js';
import type { ExecuteOptions } from '../execute/execute-options.js';
import type { Operation } from '../operations/operation.js';
import type { ClientContext } from './client-context.js';
import { checkLimits } from './call-deadline.js';
import { callSession } from './call-session.js';
import { executeOptionsFor, settingsFor, type CallOptions } from './operation-options.js';
import type { Settings } from './settings.js';

/** What a handle needs to run an operation: its client and its settings. */
export interface HandleCore {
  readonly context: ClientContext;
  readonly settings: Settings;
}

/**
 * Runs an operation with the options of one call. Operations of one call share `executeOptions`, and their deadline with
 * them.
 */
export const run = async <T>(
  { context, settings }: HandleCore,
  operation: Operation<T>,
  options: CallOptions,
  executeOptions: ExecuteOptions = executeOptionsFor(context, settings, options),
): Promise<T> => {
  const { executor } = context.use();
  try {
    return await executor.execute(operation, executeOptions);
  } catch (error) {
    throw surface(error);
  }
};

/** The part of a cursor's plan that the options of one call decide. */
export const cursorPlan = (
  core: HandleCore,
  options: CallOptions,
): Omit<CursorPlan, 'operation' | 'getMore' | 'tailable' | 'awaitData'> => {
  checkLimits(options);
  const { codecOptions, readPreference, readConcern, writeConcern } = settingsFor(core.settings, options);
  const { signal, timeoutMS = core.settings.timeoutMS } = options;
  const session = callSession(core.context, options.session);
  return { session, signal, codecOptions, readPreference, readConcern, writeConcern, timeoutMS };
};

/** A cursor over the reply of a command; the command is sent when the cursor is read. */
export const commandCursor = <T = Document>(
  core: HandleCore,
  operation: Operation<CursorReply>,
  options: CallOptions,
  getMore: GetMoreOptions,
  plan: Partial<CursorPlan> = {},
): AsyncCommandCursor<T> =>
  new AsyncCommandCursor<T>(() => core.context.use(), {
    ...cursorPlan(core, options),
    operation,
    getMore,
    tailable: false,
    awaitData: false,
    ...plan,
  });
