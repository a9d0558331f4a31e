import { Binary, BSONSymbol, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { CommandError } from '../command-error.js';
import { CodeValue, DateTime, DbPointer, UNDEFINED, type Doc, type Value, RegExpValue } from './value.js';

const invalid = (why: string): never => {
  throw new CommandError('InvalidBSON', `Invalid BSON: ${why}`);
};

const MAX_DEPTH = 200;

const asBuffer = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Offset after the NUL that ends the C string at `at`. */
const afterCString = (bytes: Uint8Array, at: number, end: number): number => {
  // Names are short: a call of `indexOf` would cost more.
  let nul = at;
  while (nul < end && bytes[nul] !== 0) nul++;
  return nul >= end ? invalid('unterminated string') : nul + 1;
};

/** The length that a value of variable size begins with. */
const sizeAt = (bytes: Buffer, at: number, end: number, minimum: number): number => {
  if (at + 4 > end) return invalid('truncated length');
  const size = bytes.readInt32LE(at);
  return size < minimum || size > end - at ? invalid('bad length') : size;
};

const uncheckedEnd = (bytes: Buffer, type: number, at: number, end: number): number => {
  switch (type) {
    case 0x01:
    case 0x09:
    case 0x11:
    case 0x12:
      return at + 8;
    case 0x02:
    case 0x0d:
    case 0x0e:
      return at + sizeAt(bytes, at, end, 1) + 4;
    case 0x03:
    case 0x04:
      return at + sizeAt(bytes, at, end, 5);
    case 0x05:
      return at + sizeAt(bytes, at, end, 0) + 5;
    case 0x07:
      return at + 12;
    case 0x08:
      return at + 1;
    case 0x06:
    case 0x0a:
    case 0x7f:
    case 0xff:
      return at;
    case 0x0b:
      return afterCString(bytes, afterCString(bytes, at, end), end);
    case 0x0c:
      return at + sizeAt(bytes, at, end, 1) + 16;
    case 0x0f:
      return at + sizeAt(bytes, at, end, 14);
    case 0x10:
      return at + 4;
    case 0x13:
      return at + 16;
    default:
      return invalid(`unknown type 0x${type.toString(16)}`);
  }
};

/** Offset after a value of `type` that starts at `at`; checks that it ends before `end`. */
const afterValue = (bytes: Buffer, type: number, at: number, end: number): number => {
  const next = uncheckedEnd(bytes, type, at, end);
  return next > end ? invalid('value runs past the end of its document') : next;
};

/** End of the document at `at` (the offset of its closing NUL). */
const closingByte = (bytes: Buffer, at: number, end: number): number => {
  if (at + 5 > end) return invalid('truncated document');
  const size = bytes.readInt32LE(at);
  if (size < 5 || size > end - at) return invalid('bad document length');
  const close = at + size - 1;
  return bytes[close] === 0 ? close : invalid('document does not end with NUL');
};

/** Where an element of a document lies. */
export interface ElementSpan {
  readonly type: number;
  /** Offset of the type byte. */
  readonly start: number;
  readonly valueAt: number;
  readonly end: number;
}

/** Calls `visit` for each top-level element of the document at `at`; stops when it returns false. */
export const walkDocument = (
  source: Uint8Array,
  at: number,
  end: number,
  visit: (type: number, nameAt: number, nameEnd: number, valueAt: number, valueEnd: number) => boolean | void,
): void => {
  const bytes = asBuffer(source);
  const close = closingByte(bytes, at, end);
  let position = at + 4;
  while (position < close) {
    const type = bytes[position] ?? 0;
    const valueAt = afterCString(bytes, position + 1, close);
    const valueEnd = afterValue(bytes, type, valueAt, close);
    if (visit(type, position + 1, valueAt - 1, valueAt, valueEnd) === false) return;
    position = valueEnd;
  }
  if (position !== close) invalid('document ends early');
};

/** The first element called `name` of the document in `bytes`. */
export const findElement = (bytes: Uint8Array, name: string): ElementSpan | undefined => {
  const buffer = asBuffer(bytes);
  let found: ElementSpan | undefined;
  walkDocument(buffer, 0, buffer.length, (type, nameAt, nameEnd, valueAt, end) => {
    if (nameEnd - nameAt !== name.length || buffer.toString('utf8', nameAt, nameEnd) !== name) return true;
    found = { type, start: nameAt - 1, valueAt, end };
    return false;
  });
  return found;
};

/** Checks the structure of a document down to its innermost values, without building any. */
export const validateBson = (bytes: Uint8Array, at = 0, end = bytes.length, depth = 0): void => {
  if (depth > MAX_DEPTH)
    throw new CommandError('Overflow', `BSONObj exceeds maximum nested object depth: ${MAX_DEPTH}`);
  const buffer = asBuffer(bytes);
  walkDocument(buffer, at, end, (type, _nameAt, _nameEnd, valueAt, valueEnd) => {
    if (type === 0x03 || type === 0x04) validateBson(buffer, valueAt, valueEnd, depth + 1);
    else if ((type === 0x02 || type === 0x0d || type === 0x0e) && buffer[valueEnd - 1] !== 0)
      invalid('string without NUL');
    else if (type === 0x08 && (buffer[valueAt] ?? 0) > 1) invalid('boolean is neither 0 nor 1');
  });
};

const readString = (bytes: Buffer, at: number): string =>
  bytes.toString('utf8', at + 4, at + 3 + bytes.readInt32LE(at));

const readBinary = (bytes: Buffer, at: number): Binary => {
  let size = bytes.readInt32LE(at);
  const subtype = bytes[at + 4] ?? 0;
  let start = at + 5;
  if (subtype === Binary.SUBTYPE_BYTE_ARRAY) {
    const inner = size >= 4 ? bytes.readInt32LE(start) : -1;
    if (inner !== size - 4) invalid('binary of subtype 2 with a wrong inner length');
    size = inner;
    start += 4;
  }
  return new Binary(Uint8Array.prototype.slice.call(bytes, start, start + size), subtype);
};

const readRegExp = (bytes: Buffer, at: number, end: number): RegExpValue => {
  const patternEnd = bytes.indexOf(0, at);
  return new RegExpValue(
    bytes.toString('utf8', at, patternEnd),
    bytes.toString('utf8', patternEnd + 1, end - 1),
  );
};

/** The value of `type` whose bytes are `at` to `end`. */
export const decodeValue = (source: Uint8Array, type: number, at: number, end: number, depth = 0): Value => {
  const bytes = asBuffer(source);
  switch (type) {
    case 0x01:
      return new Double(bytes.readDoubleLE(at));
    case 0x02:
      return readString(bytes, at);
    case 0x03:
      return decodeDoc(bytes, at, end, depth + 1);
    case 0x04:
      return decodeArray(bytes, at, end, depth + 1);
    case 0x05:
      return readBinary(bytes, at);
    case 0x06:
      return UNDEFINED;
    case 0x07:
      return new ObjectId(Uint8Array.prototype.slice.call(bytes, at, at + 12));
    case 0x08:
      return bytes[at] === 1;
    case 0x09:
      return new DateTime(bytes.readBigInt64LE(at));
    case 0x0a:
      return null;
    case 0x0b:
      return readRegExp(bytes, at, end);
    case 0x0c:
      return new DbPointer(
        readString(bytes, at),
        new ObjectId(Uint8Array.prototype.slice.call(bytes, end - 12, end)),
      );
    case 0x0d:
      return new CodeValue(readString(bytes, at));
    case 0x0e:
      return new BSONSymbol(readString(bytes, at));
    case 0x0f: {
      const scopeAt = afterValue(bytes, 0x02, at + 4, end);
      return new CodeValue(readString(bytes, at + 4), decodeDoc(bytes, scopeAt, end, depth + 1));
    }
    case 0x10:
      return bytes.readInt32LE(at);
    case 0x11:
      return new Timestamp(new Long(bytes.readInt32LE(at), bytes.readInt32LE(at + 4), true));
    case 0x12:
      return bytes.readBigInt64LE(at);
    case 0x13:
      return new Decimal128(Uint8Array.prototype.slice.call(bytes, at, at + 16));
    case 0x7f:
      return new MaxKey();
    case 0xff:
      return new MinKey();
    default:
      return invalid(`unknown type 0x${type.toString(16)}`);
  }
};

/** Decodes the document that starts at `at`. Of a repeated key the last value counts. */
export const decodeDoc = (source: Uint8Array, at = 0, end = source.length, depth = 0): Doc => {
  if (depth > MAX_DEPTH)
    throw new CommandError('Overflow', `BSONObj exceeds maximum nested object depth: ${MAX_DEPTH}`);
  const bytes = asBuffer(source);
  const doc: Doc = new Map();
  walkDocument(bytes, at, end, (type, nameAt, nameEnd, valueAt, valueEnd) => {
    doc.set(bytes.toString('utf8', nameAt, nameEnd), decodeValue(bytes, type, valueAt, valueEnd, depth));
  });
  return doc;
};

/** Decodes the array that starts at `at`; its keys are not looked at. */
export const decodeArray = (source: Uint8Array, at = 0, end = source.length, depth = 0): Value[] => {
  if (depth > MAX_DEPTH)
    throw new CommandError('Overflow', `BSONObj exceeds maximum nested object depth: ${MAX_DEPTH}`);
  const bytes = asBuffer(source);
  const values: Value[] = [];
  walkDocument(bytes, at, end, (type, _nameAt, _nameEnd, valueAt, valueEnd) => {
    values.push(decodeValue(bytes, type, valueAt, valueEnd, depth));
  });
  return values;
};
