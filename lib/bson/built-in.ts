import * as bson from 'bson';
import { DatetimeMS } from './datetime-ms.js';
import { DBPointer } from './db-pointer.js';

const BUILT_IN: ReadonlySet<unknown> = new Set<unknown>([
  String,
  Number,
  Boolean,
  BigInt,
  Date,
  RegExp,
  Array,
  Object,
  Map,
  Uint8Array,
  Buffer,
  bson.Binary,
  bson.BSONRegExp,
  bson.BSONSymbol,
  bson.Code,
  bson.DBRef,
  bson.Decimal128,
  bson.Double,
  bson.Int32,
  bson.Long,
  bson.MaxKey,
  bson.MinKey,
  bson.ObjectId,
  bson.Timestamp,
  bson.UUID,
  DatetimeMS,
  DBPointer,
]);

/** Whether a class is one that the encoder stores by itself. */
export const isBuiltIn = (constructor: unknown): boolean => BUILT_IN.has(constructor);
