import { describeType } from './describe-type.js';
import { didYouMean } from './suggest.js';

/** A value that does not fit: `type` where it is of another type, `value` where the type is right. */
export interface Misfit {
  readonly wrong: 'type' | 'value';
  /** What it should have been, to follow "must be". */
  readonly expected: string;
}

export type Reading = { readonly value: unknown } | Misfit;

/** What an option takes: how a value of the options object is checked, and how a text of a URI becomes one. */
export interface ValueKind {
  /** For messages and the reference, to follow "must be". */
  readonly expected: string;
  /** TypeScript type in the options object. */
  readonly type: string;
  /** Checks a value of the options object. `warn` reports parts that are left out. */
  check(value: unknown, warn: (message: string) => void): Reading;
  /** The value that a text of a URI stands for, still to be checked; the text itself where it stands for none. */
  fromText(text: string, warn: (message: string) => void): unknown;
}

const NUMBER_TEXT = /^[+-]?\d+(?:\.\d+)?$/;
const numberFromText = (text: string): unknown => (NUMBER_TEXT.test(text) ? Number(text) : text);
const asIs = (text: string): unknown => text;

const numberKind = (expected: string, fits: (value: number) => boolean): ValueKind => ({
  expected,
  type: 'number',
  check: (value) => {
    if (typeof value !== 'number' || Number.isNaN(value)) return { wrong: 'type', expected };
    return fits(value) ? { value } : { wrong: 'value', expected };
  },
  fromText: numberFromText,
});

export const integer = (min: number, max = Infinity): ValueKind => {
  const range =
    max === Infinity
      ? `an integer of at least ${String(min)}`
      : `an integer from ${String(min)} to ${String(max)}`;
  return numberKind(range, (value) => Number.isInteger(value) && value >= min && value <= max);
};

/** Milliseconds; the official specifications allow no negative ones. */
export const milliseconds = (min = 0): ValueKind =>
  numberKind(
    `a number of milliseconds of at least ${String(min)}`,
    (value) => Number.isFinite(value) && value >= min,
  );

export const flag: ValueKind = {
  expected: 'true or false',
  type: 'boolean',
  check: (value) => (typeof value === 'boolean' ? { value } : { wrong: 'type', expected: 'true or false' }),
  fromText: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};

/** A text. `maxBytes` counts UTF-8; `pattern` is what `expected` describes. */
export const text = (
  limits: { expected?: string; pattern?: RegExp; maxBytes?: number; empty?: boolean } = {},
): ValueKind => {
  const expected = limits.expected ?? (limits.empty === true ? 'a string' : 'a string that is not empty');
  return {
    expected,
    type: 'string',
    check: (value) => {
      if (typeof value !== 'string') return { wrong: 'type', expected };
      const fits =
        (value !== '' || limits.empty === true) &&
        (limits.pattern === undefined || limits.pattern.test(value)) &&
        (limits.maxBytes === undefined || Buffer.byteLength(value) <= limits.maxBytes);
      return fits ? { value } : { wrong: 'value', expected };
    },
    fromText: asIs,
  };
};

export const choice = (values: readonly string[]): ValueKind => {
  const expected = `one of ${values.join(', ')}`;
  return {
    expected,
    type: values.map((value) => `'${value}'`).join(' | '),
    check: (value) => {
      if (typeof value !== 'string') return { wrong: 'type', expected };
      if (values.includes(value)) return { value };
      return { wrong: 'value', expected: `${expected}${didYouMean(value, values)}` };
    },
    fromText: asIs,
  };
};

/** An object or function that a later step reads; `fits` decides by its looks. */
export const objectLike = (expected: string, type: string, fits: (value: unknown) => boolean): ValueKind => ({
  expected,
  type,
  check: (value) => (fits(value) ? { value } : { wrong: 'type', expected }),
  fromText: asIs,
});

/** A value that `read` turns into an immutable one, or refuses with an error of its own. */
export const readBy = (expected: string, type: string, read: (value: unknown) => unknown): ValueKind => ({
  expected,
  type,
  check: (value) => ({ value: read(value) }),
  fromText: asIs,
});

/** `undefined` for a value that fits, else the message that says what is wrong with it. */
export const misfitMessage = (name: string, reading: Misfit, shown: string): string =>
  `${name} must be ${reading.expected}, got ${shown}`;

/** A value as a message may show it: numbers, flags and short plain strings, of all else the type. */
export const showValue = (value: unknown, secret: boolean): string => {
  if (secret) return describeType(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (typeof value === 'string' && value.length <= 40 && !/[@:/]/.test(value)) return JSON.stringify(value);
  return describeType(value);
};
