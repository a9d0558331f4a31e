import type { CodecOptionFields, CodecOptions } from '../bson/codec-options.js';
import { ConfigurationError } from '../core/errors/usage.js';
import { checkTimeout } from '../core/timeout.js';
import type { ClientOptions } from '../options/client-options.js';
import { ReadConcern, type ReadConcernLevel } from '../options/read-concern.js';
import { ReadPreference, type ReadPreferenceLike } from '../options/read-preference.js';
import { WriteConcern, type WriteConcernOptions } from '../options/write-concern.js';

/** What a handle hands down: client to database to collection to operation. Immutable. */
export interface Settings {
  readonly codecOptions: CodecOptions;
  readonly readPreference: ReadPreference;
  readonly readConcern: ReadConcern;
  readonly writeConcern: WriteConcern;
  /** Milliseconds for a whole operation; 0, `null` and `undefined` mean no limit. */
  readonly timeoutMS: number | null | undefined;
}

/** Overrides for one handle. What is left out is inherited. */
export interface HandleOptions {
  /** Codec options, or the fields that differ from those inherited. */
  readonly codecOptions?: CodecOptions | Partial<CodecOptionFields> | undefined;
  readonly readPreference?: ReadPreferenceLike | undefined;
  readonly readConcern?: ReadConcern | ReadConcernLevel | { readonly level?: ReadConcernLevel } | undefined;
  readonly writeConcern?: WriteConcern | WriteConcernOptions | undefined;
  /** Milliseconds for each whole operation; 0 or `null` removes an inherited limit. */
  readonly timeoutMS?: number | null | undefined;
}

/** The settings that a client hands down. */
export const clientSettings = (options: ClientOptions): Settings =>
  Object.freeze({
    codecOptions: options.codecOptions,
    readPreference: options.readPreference,
    readConcern: options.readConcern,
    writeConcern: options.writeConcern,
    timeoutMS: options.timeoutMS,
  });

const KNOWN: ReadonlySet<string> = new Set<keyof HandleOptions>([
  'codecOptions',
  'readPreference',
  'readConcern',
  'writeConcern',
  'timeoutMS',
]);

const codecOptionsOf = (inherited: CodecOptions, given: HandleOptions['codecOptions']): CodecOptions =>
  given === undefined ? inherited : inherited.withOptions(given);

/** Inherited settings with overrides. The overrides may be options of an operation, which holds others beside them. */
export const deriveSettings = (inherited: Settings, options: HandleOptions): Settings => {
  const { codecOptions, readPreference, readConcern, writeConcern, timeoutMS } = options;
  checkTimeout(timeoutMS);
  return Object.freeze({
    codecOptions: codecOptionsOf(inherited.codecOptions, codecOptions),
    readPreference:
      readPreference === undefined ? inherited.readPreference : ReadPreference.from(readPreference),
    readConcern: readConcern === undefined ? inherited.readConcern : ReadConcern.from(readConcern),
    writeConcern: writeConcern === undefined ? inherited.writeConcern : WriteConcern.from(writeConcern),
    timeoutMS: timeoutMS === undefined ? inherited.timeoutMS : timeoutMS,
  });
};

/** The settings of a handle; unknown options are refused, as a misspelt concern would be lost without a word. */
export const handleSettings = (inherited: Settings, options: HandleOptions = {}): Settings => {
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) {
      throw new ConfigurationError(`Unknown option "${name}"; known are ${[...KNOWN].join(', ')}`);
    }
  }
  return deriveSettings(inherited, options);
};
