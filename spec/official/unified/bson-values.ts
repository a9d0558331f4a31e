import {
  BSON,
  BSONRegExp,
  Binary,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import type { Doc } from './format.js';

/**
 * What a value is once it went through BSON: typed numbers, plain objects, no undefined keys. Values of either driver
 * compare alike afterwards.
 */
export const asBson = (value: unknown): unknown => {
  if (value === undefined) return undefined;
  const bytes = BSON.serialize({ value }, { ignoreUndefined: true });
  return BSON.deserialize(bytes, { promoteValues: false, bsonRegExp: true })['value'];
};

export const isDocument = (value: unknown): value is Doc =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !(value instanceof RegExp) &&
  !(value instanceof Uint8Array) &&
  !('_bsontype' in value);

/** Every name the `$type` query operator has for a value. */
export const typeNames = (value: unknown): readonly string[] => {
  if (value === null) return ['null'];
  if (typeof value === 'string') return ['string'];
  if (typeof value === 'boolean') return ['bool'];
  if (typeof value === 'bigint') return ['long', 'number'];
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? ['int', 'number'] : ['double', 'number'];
  if (Array.isArray(value)) return ['array'];
  if (value instanceof Date) return ['date'];
  if (value instanceof Uint8Array || value instanceof Binary) return ['binData'];
  if (value instanceof ObjectId) return ['objectId'];
  if (value instanceof Int32) return ['int', 'number'];
  if (value instanceof Long && !(value instanceof Timestamp)) return ['long', 'number'];
  if (value instanceof Double) return ['double', 'number'];
  if (value instanceof Decimal128) return ['decimal', 'number'];
  if (value instanceof Timestamp) return ['timestamp'];
  if (value instanceof BSONRegExp || value instanceof RegExp) return ['regex'];
  if (value instanceof Code) return value.scope ? ['javascriptWithScope'] : ['javascript'];
  if (value instanceof MinKey) return ['minKey'];
  if (value instanceof MaxKey) return ['maxKey'];
  return ['object'];
};

/** The number a value stands for, as a bigint when it is a whole 64-bit one. Decimal128 is not among them. */
export const numericValue = (value: unknown): number | bigint | undefined => {
  if (typeof value === 'number' || typeof value === 'bigint') return normal(value);
  if (value instanceof Int32 || value instanceof Double) return normal(value.valueOf());
  if (value instanceof Long && !(value instanceof Timestamp)) return normal(value.toBigInt());
  return undefined;
};

const normal = (value: number | bigint): number | bigint =>
  typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
