import { inspect } from 'node:util';
import { ConfigurationError } from '../core/errors/usage.js';
import { describeType } from './describe-type.js';

export interface WriteConcernOptions {
  /** Members that must have taken the write, the primary included; a tag-set name; or `majority`. 0: unacknowledged. */
  readonly w?: number | string | undefined;
  /** Milliseconds to wait for replication; 0 waits for ever. Deprecated: prefer `timeoutMS`. */
  readonly wTimeoutMS?: number | undefined;
  /** Wait until the write is in the journal. */
  readonly journal?: boolean | undefined;
  /** Wait until data files are synced where there is no journal. Excludes `journal`. */
  readonly fsync?: boolean | undefined;
}

/** The spellings of other drivers and older releases. */
const ALIASES: Readonly<Record<string, keyof WriteConcernOptions>> = {
  w: 'w',
  wTimeoutMS: 'wTimeoutMS',
  wtimeoutMS: 'wTimeoutMS',
  wTimeout: 'wTimeoutMS',
  wtimeout: 'wTimeoutMS',
  journal: 'journal',
  j: 'journal',
  fsync: 'fsync',
};

/**
 * How a write is acknowledged. Immutable. Without any field it is the server's default: no `writeConcern` is sent
 * (WC-1). Throws `TypeError` for a value of another type, `ConfigurationError` for one that cannot work.
 */
export class WriteConcern {
  readonly w: number | string | undefined;
  readonly wTimeoutMS: number | undefined;
  readonly journal: boolean | undefined;
  readonly fsync: boolean | undefined;

  static readonly SERVER_DEFAULT: WriteConcern = new WriteConcern();

  constructor(options: WriteConcernOptions = {}) {
    this.w = checkW(options.w ?? undefined);
    this.wTimeoutMS = checkTimeout(options.wTimeoutMS ?? undefined);
    this.journal = checkBoolean('journal', options.journal ?? undefined);
    this.fsync = checkBoolean('fsync', options.fsync ?? undefined);
    if (this.w === 0 && this.journal === true) {
      throw new ConfigurationError(
        'w: 0 asks for no acknowledgement, journal: true waits for one: give one of them',
      );
    }
    if (this.journal === true && this.fsync === true) {
      throw new ConfigurationError('journal and fsync cannot both be true');
    }
    Object.freeze(this);
  }

  /** A write concern from an instance, or from a plain object in any documented spelling. */
  static from(value: WriteConcern | WriteConcernOptions): WriteConcern {
    if (value instanceof WriteConcern) return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError(`writeConcern must be a WriteConcern or an object, got ${describeType(value)}`);
    }
    const options: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(value)) {
      const name = Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined;
      if (name === undefined) throw new ConfigurationError(`Unknown field "${key}" of a write concern`);
      if (name === key || options[name] === undefined) options[name] = field;
    }
    return new WriteConcern(options);
  }

  /** False for `w: 0`: no reply will come. */
  get isAcknowledged(): boolean {
    return this.w !== 0;
  }

  /** Whether nothing was set. */
  get isServerDefault(): boolean {
    return (
      this.w === undefined &&
      this.wTimeoutMS === undefined &&
      this.journal === undefined &&
      this.fsync === undefined
    );
  }

  /** Everything that was set, in the server's spelling. */
  toDocument(): Record<string, unknown> {
    const document: Record<string, unknown> = {};
    if (this.w !== undefined) document['w'] = this.w;
    if (this.wTimeoutMS !== undefined) document['wtimeout'] = this.wTimeoutMS;
    if (this.journal !== undefined) document['j'] = this.journal;
    if (this.fsync !== undefined) document['fsync'] = this.fsync;
    return document;
  }

  /** The `writeConcern` field of a command; `w: 0` disables every other option (WC-3). */
  toCommand(): Record<string, unknown> {
    return this.w === 0 ? { w: 0 } : this.toDocument();
  }

  toString(): string {
    const fields = (['w', 'wTimeoutMS', 'journal', 'fsync'] as const)
      .filter((name) => this[name] !== undefined)
      .map((name) => `${name}=${inspect(this[name])}`);
    return `WriteConcern(${fields.join(', ')})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

function checkW(w: unknown): number | string | undefined {
  if (w === undefined) return undefined;
  if (typeof w === 'string') {
    if (w === '') throw new ConfigurationError('w must not be an empty string');
    return w;
  }
  if (typeof w !== 'number') throw new TypeError(`w must be a number or a string, got ${describeType(w)}`);
  if (!Number.isInteger(w) || w < 0)
    throw new ConfigurationError(`w must be an integer of at least 0, got ${String(w)}`);
  return w;
}

function checkTimeout(ms: unknown): number | undefined {
  if (ms === undefined) return undefined;
  if (typeof ms !== 'number') throw new TypeError(`wTimeoutMS must be a number, got ${describeType(ms)}`);
  if (!Number.isInteger(ms) || ms < 0) {
    throw new ConfigurationError(`wTimeoutMS must be an integer of at least 0, got ${String(ms)}`);
  }
  return ms;
}

function checkBoolean(name: string, value: unknown): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new TypeError(`${name} must be a boolean, got ${describeType(value)}`);
  }
  return value;
}
