import { Decimal128, Double } from 'bson';
import { asDouble } from '../number.js';
import { UndefinedValue, type Maybe } from '../value.js';

/** Truth as in expressions: false for false, 0, null, undefined and missing. */
export const truthy = (value: Maybe): boolean => {
  if (value === undefined || value === null || value === false || value instanceof UndefinedValue)
    return false;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) !== 0;
  if (value instanceof Double || value instanceof Decimal128) return asDouble(value) !== 0;
  return true;
};
