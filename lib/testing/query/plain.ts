import { Decimal128, Double } from 'bson';
import { asDouble, fitsInt32 } from './number.js';
import { regExpOf } from './regex.js';
import { DateTime, isArray, isDoc, type Doc, type Maybe, type Value, RegExpValue } from './value.js';

/** The numeric type that a JavaScript number comes back as. */
export type NumberKind = 'int' | 'long' | 'double' | 'natural';

/** Values as `mingo` takes them: plain objects, numbers, Dates. What the numeric type was is lost on the way. */
export const toPlain = (value: Maybe): unknown => {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Double || value instanceof Decimal128) return asDouble(value);
  if (value instanceof DateTime) return new Date(Number(value.ms));
  if (value instanceof RegExpValue) return regExpOf(value);
  if (isArray(value)) return value.map(toPlain);
  if (isDoc(value)) return Object.fromEntries([...value].map(([key, field]) => [key, toPlain(field)]));
  return value;
};

const numberOf = (value: number, kind: NumberKind): Value => {
  if (kind === 'double' || !Number.isInteger(value) || Object.is(value, -0)) return new Double(value);
  if (kind === 'long') return BigInt(value);
  return fitsInt32(value)
    ? value
    : kind === 'int'
      ? BigInt(value)
      : Number.isSafeInteger(value)
        ? BigInt(value)
        : new Double(value);
};

/** The way back; `kind` says what numbers become, `natural` meaning the smallest type that holds an integer. */
export const fromPlain = (value: unknown, kind: NumberKind = 'natural'): Value => {
  if (typeof value === 'number') return numberOf(value, kind);
  if (value === undefined || value === null) return null;
  if (value instanceof Date) return new DateTime(BigInt(value.getTime()));
  if (Array.isArray(value)) return value.map((item) => fromPlain(item, kind));
  if (Object.getPrototypeOf(value) === Object.prototype) {
    const doc: Doc = new Map();
    for (const [key, field] of Object.entries(value)) doc.set(key, fromPlain(field, kind));
    return doc;
  }
  return value as Value;
};
