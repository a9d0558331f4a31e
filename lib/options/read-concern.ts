import { inspect } from 'node:util';
import { describeType } from './describe-type.js';

/** The levels that servers know; other strings are passed through. */
export type ReadConcernLevel =
  'local' | 'available' | 'majority' | 'linearizable' | 'snapshot' | (string & Record<never, never>);

/** How isolated reads are. Immutable. Without a level it is the server's default: no `readConcern` is sent (WC-9). */
export class ReadConcern {
  readonly level: ReadConcernLevel | undefined;

  static readonly SERVER_DEFAULT: ReadConcern = new ReadConcern();

  constructor(level?: ReadConcernLevel | null) {
    if (level != null && typeof level !== 'string') {
      throw new TypeError(`The level of a read concern must be a string, got ${describeType(level)}`);
    }
    this.level = level ?? undefined;
    Object.freeze(this);
  }

  /** A read concern from an instance, a level, or `{level}`. */
  static from(
    value: ReadConcern | ReadConcernLevel | { readonly level?: ReadConcernLevel | undefined },
  ): ReadConcern {
    if (value instanceof ReadConcern) return value;
    if (typeof value === 'string') return new ReadConcern(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError(
        `readConcern must be a ReadConcern, a level or {level}, got ${describeType(value)}`,
      );
    }
    return new ReadConcern(value.level);
  }

  get isServerDefault(): boolean {
    return this.level === undefined;
  }

  /** The `readConcern` field of a command. */
  toCommand(): Record<string, unknown> {
    return this.level === undefined ? {} : { level: this.level };
  }

  toString(): string {
    return this.level === undefined ? 'ReadConcern()' : `ReadConcern('${this.level}')`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
