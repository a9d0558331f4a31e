import type { Document } from '../bson/document.js';
import { ConfigurationError } from '../core/errors/usage.js';
import { AsyncChangeStream } from '../cursors/async-change-stream.js';
import { checkCursorLimits } from '../cursors/cursor-timeout.js';
import type { ResumeTokenStore } from '../cursors/resume-token-store.js';
import { checkPipeline } from '../operations/aggregate.js';
import type { ChangeStreamOptions, ChangeStreamTarget } from '../operations/change-stream.js';
import { cursorPlan, type HandleCore } from './collection-core.js';
import type { ReadOptions } from './operation-options.js';

/** Options of `watch`. */
export interface WatchOptions extends ReadOptions, ChangeStreamOptions {
  /**
   * Keeps the place of the stream over restarts: the stream starts behind the token that is kept there, unless an option
   * says where to start. `load` and `save` count against `timeoutMS`. Servers 4.2 and later.
   */
  readonly tokenStore?: ResumeTokenStore | undefined;
  /**
   * Called with the current token each time the server had no event: a sign of life. What it throws becomes a warning of
   * the process.
   */
  readonly onIdle?: ((resumeToken: Document | undefined) => void) | undefined;
  /**
   * Where the server no longer has the changes behind the token: `throw` a `ChangeStreamError` (default), or
   * `restartFromNow`, which misses what happened in between.
   */
  readonly onHistoryLost?: 'throw' | 'restartFromNow' | undefined;
}

const check = (options: WatchOptions): void => {
  const { onHistoryLost, tokenStore, onIdle } = options;
  if (onHistoryLost !== undefined && onHistoryLost !== 'throw' && onHistoryLost !== 'restartFromNow') {
    throw new ConfigurationError(
      `onHistoryLost must be 'throw' or 'restartFromNow', not ${String(onHistoryLost)}`,
    );
  }
  if (onIdle !== undefined && typeof onIdle !== 'function') throw new TypeError('onIdle must be a function');
  if (
    tokenStore !== undefined &&
    (typeof tokenStore.load !== 'function' || typeof tokenStore.save !== 'function')
  ) {
    throw new TypeError('tokenStore must have the methods load and save');
  }
};

/** Opens a stream: resolves once the server has its cursor, so that no change from then on is missed. */
export const watch = async <TEvent>(
  core: HandleCore,
  target: ChangeStreamTarget,
  pipeline: readonly Document[],
  options: WatchOptions,
): Promise<AsyncChangeStream<TEvent>> => {
  checkPipeline(pipeline);
  check(options);
  const { tokenStore, onIdle, onHistoryLost = 'throw' } = options;
  const plan = cursorPlan(core, options);
  const { session, signal, codecOptions, readPreference, readConcern, timeoutMS, inheritedTimeoutMS } = plan;
  const { maxAwaitTimeMS } = options;
  checkCursorLimits(
    { timeoutMS, inheritedTimeoutMS, tailable: true, awaitData: true },
    { maxAwaitTimeMS, writesOutput: false },
  );
  const stream = new AsyncChangeStream<TEvent>(core.context.use(), {
    target,
    pipeline,
    options,
    session,
    readPreference,
    readConcern,
    codecOptions,
    signal,
    timeoutMS,
    inheritedTimeoutMS,
    tokenStore,
    onIdle,
    onHistoryLost,
  });
  return await stream.open();
};
