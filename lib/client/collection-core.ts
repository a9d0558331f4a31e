import type { Document } from '../bson/document.js';
import { surface } from '../core/errors/surface.js';
import { AsyncCommandCursor } from '../cursors/async-command-cursor.js';
import type { CursorPlan } from '../cursors/cursor-engine.js';
import { checkCursorLimits } from '../cursors/cursor-timeout.js';
import type { CursorReply } from '../operations/cursor-reply.js';
import type { GetMoreOptions } from '../operations/get-more.js';
import type { Operation } from '../operations/operation.js';
import type { ClientContext } from './client-context.js';
import { checkLimits } from './call-deadline.js';
import { callSession } from './call-session.js';
import {
  checkKillOnAbort,
  executeOptionsFor,
  settingsFor,
  type CallOptions,
  type CursorOptions,
} from './operation-options.js';
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
): Promise<T> => {
  const executeOptions = executeOptionsFor(context, settings, options);
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
  options: CallOptions & CursorOptions,
): Omit<CursorPlan, 'operation' | 'getMore' | 'tailable' | 'awaitData'> => {
  checkLimits(options);
  const { codecOptions, readPreference, readConcern, writeConcern } = settingsFor(core.settings, options);
  const { signal, timeoutMS, timeoutMode } = options;
  const session = callSession(core.context, options.session);
  const { timeoutMS: inheritedTimeoutMS } = core.settings;
  const limits = { signal, timeoutMS, inheritedTimeoutMS, timeoutMode };
  const killOnAbort = checkKillOnAbort(options);
  const concerns = { readPreference, readConcern, writeConcern };
  return { session, codecOptions, ...concerns, killOnAbort, ...limits, given: options };
};

/** A cursor over the reply of a command; the command is sent when the cursor is read. */
export const commandCursor = <T = Document>(
  core: HandleCore,
  operation: Operation<CursorReply>,
  options: CallOptions & CursorOptions,
  getMore: GetMoreOptions,
  plan: Partial<CursorPlan> = {},
): AsyncCommandCursor<T> => {
  const whole: CursorPlan = {
    ...cursorPlan(core, options),
    operation,
    getMore,
    tailable: false,
    awaitData: false,
    ...plan,
  };
  const { maxAwaitTimeMS } = getMore;
  checkCursorLimits(whole, { maxAwaitTimeMS, writesOutput: operation.takesWriteConcern === true });
  return new AsyncCommandCursor<T>(() => core.context.use(), whole);
};
