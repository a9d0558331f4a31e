import type { Binary, BSONSymbol, ObjectId, Timestamp } from 'bson';
import { bracketOf } from './bson-type.js';
import type { Collation } from './collation.js';
import { compareNumbers, numberKey, type NumberValue } from './number.js';
import type { RegExpValue } from './value.js';
import { type CodeValue, type DateTime, type DbPointer } from './value.js';
import { isDoc, type Doc, type Maybe, type Value } from './value.js';

/**
 * The one place that says how BSON values compare: the order of types, values within a type, documents by their keys
 * in order, and keys for hashing that agree with equality. Source: manual, "Comparison/Sort Order".
 */

const compareScalars = <T extends number | bigint | boolean>(a: T, b: T): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** By Unicode code points, which is the order of the UTF-8 bytes; UTF-16 units differ beyond the surrogates. */
const compareText = (a: string, b: string): number => {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    const surrogates =
      (left >= 0xd800 && left < 0xe000 ? 1 : 0) - (right >= 0xd800 && right < 0xe000 ? 1 : 0);
    return surrogates !== 0 ? surrogates : left - right < 0 ? -1 : 1;
  }
  return compareScalars(a.length, b.length);
};

const compareStrings = (a: string, b: string, collation: Collation | undefined): number =>
  collation === undefined ? compareText(a, b) : collation.compare(a, b);

const compareBytes = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

const compareBinaries = (a: Binary, b: Binary): number => {
  const [left, right] = [a.value(), b.value()];
  return (
    compareScalars(left.length, right.length) ||
    compareScalars(a.sub_type, b.sub_type) ||
    compareBytes(left, right)
  );
};

const compareCode = (a: CodeValue, b: CodeValue, collation: Collation | undefined): number =>
  compareText(a.code, b.code) ||
  (a.scope !== undefined && b.scope !== undefined ? compareDocs(a.scope, b.scope, collation) : 0);

/** Field by field in order: bracket of the value, then name, then value; a document that ends first is less. */
const compareDocs = (a: Doc, b: Doc, collation: Collation | undefined): number => {
  const others = b.entries();
  for (const [key, value] of a) {
    const next = others.next();
    if (next.done === true) return 1;
    const [otherKey, other] = next.value;
    const order =
      compareScalars(bracketOf(value), bracketOf(other)) ||
      compareText(key, otherKey) ||
      compare(value, other, collation);
    if (order !== 0) return order;
  }
  return others.next().done === true ? 0 : -1;
};

const compareArrays = (
  a: readonly Value[],
  b: readonly Value[],
  collation: Collation | undefined,
): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const order = compare(a[i], b[i], collation);
    if (order !== 0) return order;
  }
  return compareScalars(a.length, b.length);
};

const textOf = (value: string | BSONSymbol): string => (typeof value === 'string' ? value : value.value);

/** Negative, zero or positive. A missing value compares as the deprecated undefined: less than null. */
export const compare = (a: Maybe, b: Maybe, collation?: Collation): number => {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : 1;
  const bracket = bracketOf(a);
  const other = bracketOf(b);
  if (bracket !== other) return bracket < other ? -1 : 1;
  switch (bracket) {
    case 10:
      return compareNumbers(a as NumberValue, b as NumberValue);
    case 15:
      return compareStrings(textOf(a as string), textOf(b as string), collation);
    case 20:
      return compareDocs(a as Doc, b as Doc, collation);
    case 25:
      return compareArrays(a as readonly Value[], b as readonly Value[], collation);
    case 30:
      return compareBinaries(a as Binary, b as Binary);
    case 35:
      return compareBytes((a as ObjectId).id, (b as ObjectId).id);
    case 40:
      return compareScalars(a as boolean, b as boolean);
    case 45:
      return compareScalars((a as DateTime).ms, (b as DateTime).ms);
    case 47:
      return (a as Timestamp).compare(b as Timestamp);
    case 50: {
      const [left, right] = [a as RegExpValue, b as RegExpValue];
      return compareText(left.pattern, right.pattern) || compareText(left.options, right.options);
    }
    case 55: {
      const [left, right] = [a as DbPointer, b as DbPointer];
      return compareText(left.namespace, right.namespace) || compareBytes(left.id.id, right.id.id);
    }
    case 60:
    case 65:
      return compareCode(a as CodeValue, b as CodeValue, collation);
    default:
      return 0;
  }
};

export const equal = (a: Maybe, b: Maybe, collation?: Collation): boolean => compare(a, b, collation) === 0;

const quote = (text: string): string => `${text.length}:${text}`;

/** A text that two values share exactly when they are equal: what hash look-ups and grouping go by. */
export const keyOf = (value: Maybe, collation?: Collation): string => {
  if (typeof value === 'string') return `s${quote(collation === undefined ? value : collation.key(value))}`;
  switch (bracketOf(value)) {
    case -1:
      return '<';
    case 0:
      return 'u';
    case 5:
      return 'z';
    case 10:
      return `n${numberKey(value as NumberValue)};`;
    case 15:
      return keyOf(textOf(value as BSONSymbol), collation);
    case 20: {
      let key = '{';
      for (const [name, field] of value as Doc) key += quote(name) + keyOf(field, collation);
      return `${key}}`;
    }
    case 25:
      return `[${(value as readonly Value[]).map((item) => keyOf(item, collation)).join('')}]`;
    case 30: {
      const binary = value as Binary;
      return `b${binary.sub_type}:${quote(Buffer.from(binary.value()).toString('latin1'))}`;
    }
    case 35:
      return `o${Buffer.from((value as ObjectId).id).toString('latin1')}`;
    case 40:
      return value === true ? 't' : 'f';
    case 45:
      return `d${(value as DateTime).ms};`;
    case 47:
      return `T${(value as Timestamp).toString()};`;
    case 50:
      return `r${quote((value as RegExpValue).pattern)}${quote((value as RegExpValue).options)}`;
    case 55:
      return `p${quote((value as DbPointer).namespace)}${(value as DbPointer).id.toHexString()}`;
    case 60:
    case 65: {
      const { code, scope } = value as CodeValue;
      return `c${quote(code)}${isDoc(scope) ? keyOf(scope, collation) : ''}`;
    }
    default:
      return '>';
  }
};
