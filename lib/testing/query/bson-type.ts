import { Binary, BSONSymbol, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import {
  CodeValue,
  DateTime,
  DbPointer,
  isArray,
  isDoc,
  UndefinedValue,
  type Maybe,
  type Value,
  RegExpValue,
} from './value.js';

/** Number and string alias of each BSON type (manual: "BSON Types"). */
export const TYPE_ALIASES: ReadonlyMap<string, number> = new Map([
  ['double', 1],
  ['string', 2],
  ['object', 3],
  ['array', 4],
  ['binData', 5],
  ['undefined', 6],
  ['objectId', 7],
  ['bool', 8],
  ['date', 9],
  ['null', 10],
  ['regex', 11],
  ['dbPointer', 12],
  ['javascript', 13],
  ['symbol', 14],
  ['javascriptWithScope', 15],
  ['int', 16],
  ['timestamp', 17],
  ['long', 18],
  ['decimal', 19],
  ['minKey', -1],
  ['maxKey', 127],
]);

const NAMES = new Map([...TYPE_ALIASES].map(([name, number]) => [number, name]));

/** The type number as `$type` counts: -1 for MinKey. */
export const typeNumber = (value: Value): number => {
  if (typeof value === 'string') return 2;
  if (typeof value === 'number') return 16;
  if (typeof value === 'bigint') return 18;
  if (typeof value === 'boolean') return 8;
  if (value === null) return 10;
  if (isDoc(value)) return 3;
  if (isArray(value)) return 4;
  if (value instanceof Double) return 1;
  if (value instanceof ObjectId) return 7;
  if (value instanceof DateTime) return 9;
  if (value instanceof Binary) return 5;
  if (value instanceof Decimal128) return 19;
  if (value instanceof RegExpValue) return 11;
  if (value instanceof Timestamp) return 17;
  if (value instanceof CodeValue) return value.scope === undefined ? 13 : 15;
  if (value instanceof BSONSymbol) return 14;
  if (value instanceof MinKey) return -1;
  if (value instanceof MaxKey) return 127;
  if (value instanceof UndefinedValue) return 6;
  if (value instanceof DbPointer) return 12;
  throw new TypeError('Not a value of the store');
};

/** The alias of the value's type; `missing` for a missing field, as the `$type` expression answers. */
export const typeName = (value: Maybe): string =>
  value === undefined ? 'missing' : (NAMES.get(typeNumber(value)) ?? 'unknown');

/**
 * Place of each type in the comparison order (manual: "Comparison/Sort Order"); types that share a place compare by
 * value.
 */
const BRACKETS: Readonly<Record<number, number>> = {
  [-1]: -1,
  6: 0,
  10: 5,
  1: 10,
  16: 10,
  18: 10,
  19: 10,
  2: 15,
  14: 15,
  3: 20,
  4: 25,
  5: 30,
  7: 35,
  8: 40,
  9: 45,
  17: 47,
  11: 50,
  12: 55,
  13: 60,
  15: 65,
  127: 127,
};

/** The comparison bracket; a missing value shares that of the deprecated undefined. */
export const bracketOf = (value: Maybe): number => {
  if (value === undefined) return 0;
  if (typeof value === 'string') return 15;
  if (typeof value === 'number') return 10;
  return BRACKETS[typeNumber(value)] ?? 0;
};
