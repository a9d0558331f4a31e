import type { ValueKind } from './value-kinds.js';

/** Another name of an option. */
export interface OptionAlias {
  readonly name: string;
  /** Its use is warned about. */
  readonly deprecated?: true;
}

/** One row of the option table. */
export interface OptionSpec {
  /** Name in the options object, in `client.options` and, in any letter case, in a connection string. */
  readonly name: string;
  readonly kind: ValueKind;
  /** What it does, with unit, effect of special values and first server version where there is one. */
  readonly doc: string;
  /** Value of `client.options` where nothing is given; absent: none. */
  readonly default?: unknown;
  /** For the reference, where the value does not say it. */
  readonly defaultText?: string;
  /** Value that `null` stands for in the options object; without it `null` counts as not given. */
  readonly null?: number;
  /** Connection strings cannot hold it. */
  readonly uri?: false;
  readonly aliases?: readonly OptionAlias[];
  /** Never shown: not in messages, not enumerable in `client.options`. */
  readonly secret?: true;
  /** What to use instead, for the reference. */
  readonly insteadUse?: string;
  /** Its use is warned about. */
  readonly deprecated?: true;
  /** Repeated in a connection string: values of a list, refused, or refused where they differ. By default the last counts. */
  readonly repeated?: 'list' | 'refused' | 'must-agree';
  /** A connection string with a wrong value is invalid, instead of having it left out with a warning (CONN-14). */
  readonly refusedInUri?: 'value' | 'anything';
  /** Presence, or presence with the value false, turns TLS on (TLS-6, TLS-10 and following). */
  readonly impliesTls?: 'present' | 'false';
}

export interface OptionSection {
  readonly title: string;
  readonly options: readonly OptionSpec[];
}
