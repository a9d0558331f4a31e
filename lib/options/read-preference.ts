import { inspect } from 'node:util';
import { ConfigurationError } from '../core/errors/usage.js';
import { describeType } from './describe-type.js';
import { didYouMean } from './suggest.js';

export const READ_PREFERENCE_MODES = [
  'primary',
  'primaryPreferred',
  'secondary',
  'secondaryPreferred',
  'nearest',
] as const;

/** Which members may answer a read. */
export type ReadPreferenceMode = (typeof READ_PREFERENCE_MODES)[number];

/** Names and values that a member's tags must have. Empty: any member. */
export type TagSet = Readonly<Record<string, string>>;

export interface ReadPreferenceOptions {
  /** Tag sets in order: the first one that a candidate matches decides. Null or absent: any member. */
  readonly tagSets?: readonly TagSet[] | null | undefined;
  /** Seconds a secondary may lag at most; -1, the default, for no limit, otherwise at least 90. */
  readonly maxStalenessSeconds?: number | undefined;
  /** Hedged reads, for routers of servers 4.4 to 7.x; left out of commands unless given. */
  readonly hedge?: Readonly<Record<string, unknown>> | null | undefined;
}

/** The plain form of a read preference. `tags` is the spelling of commands. */
export interface ReadPreferenceObject extends ReadPreferenceOptions {
  readonly mode: ReadPreferenceMode;
  readonly tags?: readonly TagSet[] | null | undefined;
}

/** Whatever names a read preference: a mode, a ready-made object or a plain one. */
export type ReadPreferenceLike = ReadPreferenceMode | ReadPreference | ReadPreferenceObject;

/** "Since" and bound of the server selection specification, section "maxStalenessSeconds". */
export const SMALLEST_MAX_STALENESS_SECONDS = 90;
const NO_MAX_STALENESS = -1;

/**
 * Where reads go (server selection specification). Immutable. Throws `TypeError` for a value of another type and
 * `ConfigurationError` for an unknown mode, and for tags or staleness beside `primary` (SEL-5).
 */
export class ReadPreference {
  readonly mode: ReadPreferenceMode;
  readonly tagSets: readonly TagSet[] | null;
  readonly maxStalenessSeconds: number;
  readonly hedge: Readonly<Record<string, unknown>> | null;

  static readonly PRIMARY: ReadPreference = new ReadPreference('primary');
  static readonly PRIMARY_PREFERRED: ReadPreference = new ReadPreference('primaryPreferred');
  static readonly SECONDARY: ReadPreference = new ReadPreference('secondary');
  static readonly SECONDARY_PREFERRED: ReadPreference = new ReadPreference('secondaryPreferred');
  static readonly NEAREST: ReadPreference = new ReadPreference('nearest');

  static readonly primary: ReadPreference = ReadPreference.PRIMARY;
  static readonly primaryPreferred: ReadPreference = ReadPreference.PRIMARY_PREFERRED;
  static readonly secondary: ReadPreference = ReadPreference.SECONDARY;
  static readonly secondaryPreferred: ReadPreference = ReadPreference.SECONDARY_PREFERRED;
  static readonly nearest: ReadPreference = ReadPreference.NEAREST;

  constructor(mode: ReadPreferenceMode, options: ReadPreferenceOptions = {}) {
    this.mode = checkMode(mode);
    this.tagSets = checkTagSets(options.tagSets);
    this.maxStalenessSeconds = checkMaxStaleness(options.maxStalenessSeconds);
    this.hedge = checkHedge(options.hedge);
    if (mode === 'primary') {
      if (this.tagSets?.some((tags) => Object.keys(tags).length > 0) === true) {
        throw new ConfigurationError('Read preference "primary" cannot be combined with tags');
      }
      if (this.maxStalenessSeconds !== NO_MAX_STALENESS) {
        throw new ConfigurationError('Read preference "primary" cannot be combined with maxStalenessSeconds');
      }
      if (this.hedge !== null)
        throw new ConfigurationError('Read preference "primary" cannot be combined with hedge');
    }
    Object.freeze(this);
  }

  /** A read preference from a mode, an instance, or `{mode, tagSets, maxStalenessSeconds, hedge}`. */
  static from(value: ReadPreferenceLike): ReadPreference {
    if (value instanceof ReadPreference) return value;
    if (typeof value === 'string') return READY_MADE[checkMode(value)];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError(
        `readPreference must be a mode, a ReadPreference or an object, got ${describeType(value)}`,
      );
    }
    return new ReadPreference(value.mode, {
      tagSets: value.tagSets ?? ('tags' in value ? value.tags : null),
      maxStalenessSeconds: value.maxStalenessSeconds,
      hedge: value.hedge,
    });
  }

  /** The `$readPreference` field of a command. */
  toCommand(): Record<string, unknown> {
    const command: Record<string, unknown> = { mode: this.mode };
    if (this.tagSets !== null) command['tags'] = this.tagSets;
    if (this.maxStalenessSeconds !== NO_MAX_STALENESS)
      command['maxStalenessSeconds'] = this.maxStalenessSeconds;
    if (this.hedge !== null) command['hedge'] = this.hedge;
    return command;
  }

  toString(): string {
    const name = `${this.mode.charAt(0).toUpperCase()}${this.mode.slice(1)}`;
    if (this.mode === 'primary') return `${name}()`;
    const fields = [`tagSets=${JSON.stringify(this.tagSets)}`];
    if (this.maxStalenessSeconds !== NO_MAX_STALENESS) {
      fields.push(`maxStalenessSeconds=${String(this.maxStalenessSeconds)}`);
    }
    if (this.hedge !== null) fields.push(`hedge=${JSON.stringify(this.hedge)}`);
    return `${name}(${fields.join(', ')})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

const READY_MADE: Readonly<Record<ReadPreferenceMode, ReadPreference>> = {
  primary: ReadPreference.PRIMARY,
  primaryPreferred: ReadPreference.PRIMARY_PREFERRED,
  secondary: ReadPreference.SECONDARY,
  secondaryPreferred: ReadPreference.SECONDARY_PREFERRED,
  nearest: ReadPreference.NEAREST,
};

function checkMode(mode: unknown): ReadPreferenceMode {
  if (typeof mode !== 'string')
    throw new TypeError(`The mode of a read preference must be a string, got ${describeType(mode)}`);
  if (!(READ_PREFERENCE_MODES as readonly string[]).includes(mode)) {
    throw new ConfigurationError(
      `Unknown read preference "${mode}"${didYouMean(mode, READ_PREFERENCE_MODES)}; it is one of ${READ_PREFERENCE_MODES.join(', ')}`,
    );
  }
  return mode as ReadPreferenceMode;
}

function checkTagSets(tagSets: unknown): readonly TagSet[] | null {
  if (tagSets == null) return null;
  if (!Array.isArray(tagSets))
    throw new TypeError(`tagSets must be an array of objects, got ${describeType(tagSets)}`);
  if (tagSets.length === 0) return null;
  const copies = tagSets.map((tags: unknown) => {
    if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) {
      throw new TypeError(`Each tag set must be an object, got ${describeType(tags)}`);
    }
    for (const [name, value] of Object.entries(tags)) {
      if (typeof value !== 'string')
        throw new TypeError(`Tag "${name}" must be a string, got ${describeType(value)}`);
    }
    return Object.freeze({ ...tags }) as TagSet;
  });
  return Object.freeze(copies);
}

function checkMaxStaleness(seconds: unknown): number {
  if (seconds == null) return NO_MAX_STALENESS;
  if (typeof seconds !== 'number') {
    throw new TypeError(`maxStalenessSeconds must be a number, got ${describeType(seconds)}`);
  }
  if (
    seconds !== NO_MAX_STALENESS &&
    (!Number.isInteger(seconds) || seconds < SMALLEST_MAX_STALENESS_SECONDS)
  ) {
    throw new ConfigurationError(
      `maxStalenessSeconds must be -1 or an integer of at least ${String(SMALLEST_MAX_STALENESS_SECONDS)}, got ${String(seconds)}`,
    );
  }
  return seconds;
}

function checkHedge(hedge: unknown): Readonly<Record<string, unknown>> | null {
  if (hedge == null) return null;
  if (typeof hedge !== 'object' || Array.isArray(hedge)) {
    throw new TypeError(`hedge must be an object, got ${describeType(hedge)}`);
  }
  return Object.freeze({ ...hedge });
}
