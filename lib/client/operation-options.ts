import { ConfigurationError } from '../core/errors/usage.js';
import type { CursorTimeoutMode } from '../cursors/cursor-timeout.js';
import type { ExecuteOptions } from '../execute/execute-options.js';
import type { HandleOptions, Settings } from './settings.js';
import { deriveSettings } from './settings.js';
import { deadlineFor, type CallLimits } from './call-deadline.js';
import { callSession } from './call-session.js';
import type { ClientContext } from './client-context.js';
import type { AsyncClientSession } from './session.js';

/** What every method takes. */
export interface OperationOptions extends CallLimits {
  /** `null` keeps the operation out of the session that `bind` or `client.withTransaction` put in force. */
  readonly session?: AsyncClientSession | null | undefined;
  /**
   * Where the reply is not awaited any more, because of `signal` or `timeoutMS`, the server is told to stop, over another
   * connection (`$currentOp` and `killOp`, which users may do to their own operations). Best effort: what the server has
   * finished by then stays done. Cursors are ended on the server in any case. Default: false.
   */
  readonly killOnAbort?: boolean | undefined;
}

/** What every method that gives a cursor takes. */
export interface CursorOptions {
  /**
   * What `timeoutMS` limits: `cursorLifetime` (default) the first command and all that follows until the cursor is
   * exhausted, `iteration` the first command and then each call that reads from the cursor on its own. A tailable cursor
   * knows only `iteration`. Needs a `timeoutMS`, here or inherited.
   */
  readonly timeoutMode?: CursorTimeoutMode | undefined;
}

/** What every method that reads takes: concerns for this call alone. */
export interface ReadOptions
  extends OperationOptions, Pick<HandleOptions, 'codecOptions' | 'readConcern' | 'readPreference'> {}

/** What every method that writes takes: the concern for this call alone. */
export interface WriteOptions extends OperationOptions, Pick<HandleOptions, 'codecOptions' | 'writeConcern'> {
  /** Short for `writeConcern: { w }`. */
  readonly w?: number | string | undefined;
  /** @deprecated Since 3.0 of its model: `true` is `w: 1`, `false` is `w: 0`. */
  readonly safe?: boolean | undefined;
}

/** The options that the settings of one call are made of. */
export type CallOptions = OperationOptions & HandleOptions & Pick<WriteOptions, 'w' | 'safe'>;

/** The write concern of one call, whichever way it was written. */
const writeConcernIn = ({ writeConcern, w, safe }: CallOptions): HandleOptions['writeConcern'] => {
  if (w === undefined && safe === undefined) return writeConcern;
  if (writeConcern !== undefined || (w !== undefined && safe !== undefined)) {
    throw new ConfigurationError('Give the write concern once: as writeConcern, as w, or as safe');
  }
  if (w !== undefined) return { w };
  if (typeof safe !== 'boolean') throw new TypeError('safe must be a boolean');
  return { w: safe ? 1 : 0 };
};

/** The effective settings of one call; its `timeoutMS` goes into its deadline. */
export const settingsFor = (settings: Settings, options: CallOptions): Settings => {
  const { codecOptions, readPreference, readConcern } = options;
  const writeConcern = writeConcernIn(options);
  const inheritsAll =
    codecOptions === undefined &&
    readPreference === undefined &&
    readConcern === undefined &&
    writeConcern === undefined;
  if (inheritsAll) return settings;
  return deriveSettings(settings, { codecOptions, readPreference, readConcern, writeConcern });
};

/** Refuses what is no boolean: an AbortSignal, say. */
export const checkKillOnAbort = ({ killOnAbort }: OperationOptions): boolean | undefined => {
  if (killOnAbort !== undefined && typeof killOnAbort !== 'boolean')
    throw new TypeError('killOnAbort must be a boolean');
  return killOnAbort;
};

/** What the executor is told about one call of a public method. */
export const executeOptionsFor = (
  context: ClientContext,
  settings: Settings,
  options: CallOptions,
): ExecuteOptions => {
  const { readPreference, readConcern, writeConcern, codecOptions } = settingsFor(settings, options);
  return {
    deadline: deadlineFor(context.runtime, settings, options),
    session: callSession(context, options.session),
    readPreference,
    readConcern,
    writeConcern,
    codecOptions,
    killOnAbort: checkKillOnAbort(options),
    given: options,
  };
};
