import { Binary, BSONSymbol, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { CodeValue, DateTime, isArray, isDoc, type Maybe, RegExpValue } from './value.js';

const dateText = (ms: bigint): string => `new Date(${ms})`;

/** A value as the server writes it into its messages. */
export const valueText = (value: Maybe): string => {
  if (value === undefined) return 'MISSING';
  if (typeof value === 'string') return JSON.stringify(value);
  if (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean'
  ) {
    return String(value);
  }
  if (isDoc(value)) return docText(value);
  if (isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(valueText).join(', ')} ]`;
  if (value instanceof Double)
    return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof DateTime) return dateText(value.ms);
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof Binary) {
    if (value.sub_type === Binary.SUBTYPE_UUID && value.position === 16)
      return `UUID("${value.toUUID().toString()}")`;
    return `BinData(${value.sub_type}, ${Buffer.from(value.value()).toString('hex').toUpperCase()})`;
  }
  if (value instanceof RegExpValue) return `/${value.pattern}/${value.options}`;
  if (value instanceof Timestamp) return `Timestamp(${value.t}, ${value.i})`;
  if (value instanceof BSONSymbol) return JSON.stringify(value.value);
  if (value instanceof CodeValue) return value.code;
  if (value instanceof MinKey) return 'MinKey';
  if (value instanceof MaxKey) return 'MaxKey';
  return 'undefined';
};

export const docText = (doc: Iterable<readonly [string, Maybe]>): string => {
  const fields = Array.from(doc, ([key, value]) => `${key}: ${valueText(value)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
};

/** `{_id: 1}` as messages of updates name a document. */
export const idText = (id: Maybe): string => `{_id: ${valueText(id)}}`;
