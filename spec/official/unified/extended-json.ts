import { EJSON, Double, Int32, Long } from 'bson';

/**
 * Test files are extended JSON, relaxed or canonical. Numbers become plain numbers where that loses nothing, so that they
 * also serve as options (`limit: {"$numberInt": "5"}`); a 64-bit value past 2^53 stays a Long.
 */
export const parseTestJson = (text: string): unknown => unbox(EJSON.parse(text, { relaxed: false }));

const unbox = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(unbox);
  if (value instanceof Int32 || value instanceof Double) return value.valueOf();
  if (value instanceof Long) return Number.isSafeInteger(value.toNumber()) ? value.toNumber() : value;
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, unbox(entry)]));
};
