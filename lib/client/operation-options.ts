import { operationDeadline, type Deadline } from '../core/deadline.js';
import { ConfigurationError } from '../core/errors/usage.js';
import type { Runtime } from '../core/runtime.js';
import { checkTimeout } from '../core/timeout.js';
import type { ExecuteOptions } from '../execute/execute-options.js';
import type { HandleOptions, Settings } from './settings.js';
import { deriveSettings } from './settings.js';
import { sessionStateOf, type AsyncClientSession } from './session.js';

/** What every method takes. */
export interface OperationOptions {
  readonly session?: AsyncClientSession | undefined;
  /** Ends the wait: the method rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole operation, waiting included; 0 or `null` removes an inherited limit. */
  readonly timeoutMS?: number | null | undefined;
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

const checkSignal = (signal: unknown): void => {
  if (signal === undefined) return;
  if (
    typeof signal !== 'object' ||
    signal === null ||
    !('aborted' in signal) ||
    !('addEventListener' in signal)
  ) {
    throw new TypeError('signal must be an AbortSignal');
  }
};

/** Refuses a `signal` or `timeoutMS` that cannot be one. */
export const checkLimits = ({ signal, timeoutMS }: Pick<OperationOptions, 'signal' | 'timeoutMS'>): void => {
  checkSignal(signal);
  checkTimeout(timeoutMS);
};

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

/** The one deadline of a call: everything it waits for ends with it. */
export const deadlineFor = (
  runtime: Runtime,
  settings: Pick<Settings, 'timeoutMS'>,
  options: Pick<OperationOptions, 'signal' | 'timeoutMS'>,
): Deadline => {
  checkLimits(options);
  return operationDeadline(runtime, options.timeoutMS, settings.timeoutMS, options.signal);
};

/** What the executor is told about one call of a public method. */
export const executeOptionsFor = (
  runtime: Runtime,
  settings: Settings,
  options: CallOptions,
): ExecuteOptions => {
  const { readPreference, readConcern, writeConcern, codecOptions } = settingsFor(settings, options);
  return {
    deadline: deadlineFor(runtime, settings, options),
    session: sessionStateOf(options.session),
    readPreference,
    readConcern,
    writeConcern,
    codecOptions,
  };
};
