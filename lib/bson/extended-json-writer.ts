import { Decimal128 } from 'bson';
import { InvalidBSON } from '../core/errors/bson.js';
import { ElementType, MAX_DEPTH } from './element-types.js';
import { forEachElement, readInt64AsBigint, valueSize } from './raw-reader.js';
import { decodeUtf8 } from './utf8.js';

/** Milliseconds of 9999-12-31T23:59:59.999Z: relaxed dates have four digits of year and are not before 1970. */
const LAST_READABLE_DATE = 253_402_300_799_999n;

interface Output {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly relaxed: boolean;
}

/** Writes the BSON value at an offset as extended JSON, straight from its bytes. */
export const writeExtendedJsonValue = (
  bytes: Uint8Array,
  type: number,
  at: number,
  relaxed: boolean,
): string => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const output = {
    bytes: buffer,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    relaxed,
  };
  return writeValue(output, type, at, 0);
};

const quote = (output: Output, start: number, end: number): string =>
  JSON.stringify(decodeUtf8(output.bytes, start, end, 'strict'));

/** The text of a length-prefixed string value. */
const quoteString = (output: Output, at: number): string =>
  quote(output, at + 4, at + 3 + output.view.getInt32(at, true));

const writeDocument = (output: Output, at: number, depth: number): string => {
  if (depth > MAX_DEPTH)
    throw new InvalidBSON(`nested deeper than ${String(MAX_DEPTH)} levels`, { offset: at });
  const fields: string[] = [];
  forEachElement(output.bytes, at, (type, keyStart, keyEnd, valueOffset) => {
    fields.push(`${quote(output, keyStart, keyEnd)}:${writeValue(output, type, valueOffset, depth)}`);
  });
  return `{${fields.join(',')}}`;
};

const writeArray = (output: Output, at: number, depth: number): string => {
  if (depth > MAX_DEPTH)
    throw new InvalidBSON(`nested deeper than ${String(MAX_DEPTH)} levels`, { offset: at });
  const items: string[] = [];
  forEachElement(output.bytes, at, (type, _keyStart, _keyEnd, valueOffset) => {
    items.push(writeValue(output, type, valueOffset, depth));
  });
  return `[${items.join(',')}]`;
};

const writeDouble = (value: number, relaxed: boolean): string => {
  // A decimal point keeps an integral double apart from an integer, -0 included.
  const integral = Number.isInteger(value) && Math.abs(value) < 1e21;
  const text = integral ? `${Object.is(value, -0) ? '-0' : String(value)}.0` : String(value);
  return relaxed && Number.isFinite(value) ? text : `{"$numberDouble":"${text}"}`;
};

const writeDate = (time: bigint, relaxed: boolean): string => {
  if (!relaxed || time < 0n || time > LAST_READABLE_DATE)
    return `{"$date":{"$numberLong":"${String(time)}"}}`;
  return `{"$date":"${new Date(Number(time)).toISOString().replace('.000Z', 'Z')}"}`;
};

const writeBinary = (output: Output, at: number): string => {
  const subtype = output.bytes[at + 4] as number;
  const start = subtype === 2 ? at + 9 : at + 5;
  const base64 = output.bytes.toString('base64', start, at + 5 + output.view.getInt32(at, true));
  return `{"$binary":{"base64":"${base64}","subType":"${subtype.toString(16).padStart(2, '0')}"}}`;
};

const writeRegExp = (output: Output, at: number): string => {
  const middle = output.bytes.indexOf(0, at);
  const end = output.bytes.indexOf(0, middle + 1);
  const options = JSON.stringify([...output.bytes.toString('utf8', middle + 1, end)].sort().join(''));
  return `{"$regularExpression":{"pattern":${quote(output, at, middle)},"options":${options}}}`;
};

const writeValue = (output: Output, type: number, at: number, depth: number): string => {
  const { bytes, view, relaxed } = output;
  switch (type) {
    case ElementType.String:
      return quoteString(output, at);
    case ElementType.Int32:
      return relaxed
        ? String(view.getInt32(at, true))
        : `{"$numberInt":"${String(view.getInt32(at, true))}"}`;
    case ElementType.Int64: {
      const text = String(readInt64AsBigint(bytes, at));
      return relaxed ? text : `{"$numberLong":"${text}"}`;
    }
    case ElementType.Double:
      return writeDouble(view.getFloat64(at, true), relaxed);
    case ElementType.Decimal128:
      return `{"$numberDecimal":"${new Decimal128(bytes.subarray(at, at + 16)).toString()}"}`;
    case ElementType.Boolean:
      return bytes[at] === 1 ? 'true' : 'false';
    case ElementType.Null:
      return 'null';
    case ElementType.Document:
      return writeDocument(output, at, depth + 1);
    case ElementType.Array:
      return writeArray(output, at, depth + 1);
    case ElementType.ObjectId:
      return `{"$oid":"${bytes.toString('hex', at, at + 12)}"}`;
    case ElementType.Date:
      return writeDate(readInt64AsBigint(bytes, at), relaxed);
    case ElementType.Binary:
      return writeBinary(output, at);
    case ElementType.Timestamp:
      return `{"$timestamp":{"t":${String(view.getUint32(at + 4, true))},"i":${String(view.getUint32(at, true))}}}`;
    case ElementType.RegExp:
      return writeRegExp(output, at);
    case ElementType.Symbol:
      return `{"$symbol":${quoteString(output, at)}}`;
    case ElementType.Code:
      return `{"$code":${quoteString(output, at)}}`;
    case ElementType.CodeWithScope: {
      const scope = at + 4 + valueSize(bytes, ElementType.Code, at + 4, bytes.length);
      return `{"$code":${quoteString(output, at + 4)},"$scope":${writeDocument(output, scope, depth + 1)}}`;
    }
    case ElementType.DBPointer: {
      const id = at + valueSize(bytes, ElementType.Code, at, bytes.length);
      return `{"$dbPointer":{"$ref":${quoteString(output, at)},"$id":{"$oid":"${bytes.toString('hex', id, id + 12)}"}}}`;
    }
    case ElementType.MinKey:
      return '{"$minKey":1}';
    case ElementType.MaxKey:
      return '{"$maxKey":1}';
    default:
      return '{"$undefined":true}';
  }
};
