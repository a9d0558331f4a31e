import { Binary, BSONSymbol, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import {
  CodeValue,
  DateTime,
  DbPointer,
  isArray,
  isDoc,
  UndefinedValue,
  type Doc,
  type Value,
  RegExpValue,
} from './value.js';

let buffer = Buffer.allocUnsafe(64 * 1024);
let position = 0;

const ensure = (extra: number): void => {
  if (position + extra <= buffer.length) return;
  const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, position + extra));
  buffer.copy(larger, 0, 0, position);
  buffer = larger;
};

const writeInt32 = (value: number): void => {
  ensure(4);
  position = buffer.writeInt32LE(value, position);
};

const writeInt64 = (value: bigint): void => {
  ensure(8);
  position = buffer.writeBigInt64LE(value, position);
};

const writeBytes = (bytes: Uint8Array): void => {
  ensure(bytes.length);
  buffer.set(bytes, position);
  position += bytes.length;
};

const writeCString = (text: string): void => {
  ensure(text.length * 3 + 1);
  position += buffer.write(text, position, 'utf8');
  buffer[position++] = 0;
};

const writeString = (text: string): void => {
  ensure(text.length * 3 + 5);
  const size = buffer.write(text, position + 4, 'utf8');
  buffer.writeInt32LE(size + 1, position);
  position += size + 4;
  buffer[position++] = 0;
};

const writeHeader = (type: number, key: string): void => {
  ensure(1);
  buffer[position++] = type;
  writeCString(key);
};

const writeBinary = (value: Binary): void => {
  const bytes = value.value();
  const old = value.sub_type === Binary.SUBTYPE_BYTE_ARRAY;
  writeInt32(bytes.length + (old ? 4 : 0));
  ensure(1);
  buffer[position++] = value.sub_type;
  if (old) writeInt32(bytes.length);
  writeBytes(bytes);
};

const writeCode = (key: string, { code, scope }: CodeValue): void => {
  writeHeader(scope === undefined ? 0x0d : 0x0f, key);
  if (scope === undefined) return writeString(code);
  const start = position;
  writeInt32(0);
  writeString(code);
  writeDoc(scope);
  buffer.writeInt32LE(position - start, start);
};

/** Writes one element: type, name, value. */
const writeElement = (key: string, value: Value): void => {
  if (typeof value === 'string') {
    writeHeader(0x02, key);
    writeString(value);
  } else if (typeof value === 'number') {
    writeHeader(0x10, key);
    writeInt32(value);
  } else if (typeof value === 'bigint') {
    writeHeader(0x12, key);
    writeInt64(value);
  } else if (typeof value === 'boolean') {
    writeHeader(0x08, key);
    ensure(1);
    buffer[position++] = value ? 1 : 0;
  } else if (value === null) writeHeader(0x0a, key);
  else if (isDoc(value)) {
    writeHeader(0x03, key);
    writeDoc(value);
  } else if (isArray(value)) {
    writeHeader(0x04, key);
    writeArray(value);
  } else if (value instanceof Double) {
    writeHeader(0x01, key);
    ensure(8);
    position = buffer.writeDoubleLE(value.value, position);
  } else if (value instanceof ObjectId) {
    writeHeader(0x07, key);
    writeBytes(value.id);
  } else if (value instanceof DateTime) {
    writeHeader(0x09, key);
    writeInt64(value.ms);
  } else if (value instanceof Binary) {
    writeHeader(0x05, key);
    writeBinary(value);
  } else if (value instanceof Decimal128) {
    writeHeader(0x13, key);
    writeBytes(value.bytes);
  } else if (value instanceof Timestamp) {
    writeHeader(0x11, key);
    writeInt32(value.low);
    writeInt32(value.high);
  } else if (value instanceof RegExpValue) {
    writeHeader(0x0b, key);
    writeCString(value.pattern);
    writeCString(value.options);
  } else if (value instanceof CodeValue) writeCode(key, value);
  else if (value instanceof BSONSymbol) {
    writeHeader(0x0e, key);
    writeString(value.value);
  } else if (value instanceof DbPointer) {
    writeHeader(0x0c, key);
    writeString(value.namespace);
    writeBytes(value.id.id);
  } else if (value instanceof UndefinedValue) writeHeader(0x06, key);
  else if (value instanceof MinKey) writeHeader(0xff, key);
  else if (value instanceof MaxKey) writeHeader(0x7f, key);
  else throw new TypeError(`Not a value of the store at key ${key}`);
};

const close = (start: number): void => {
  ensure(1);
  buffer[position++] = 0;
  buffer.writeInt32LE(position - start, start);
};

const writeDoc = (doc: Doc): void => {
  const start = position;
  writeInt32(0);
  for (const [key, value] of doc) writeElement(key, value);
  close(start);
};

const writeArray = (values: readonly Value[]): void => {
  const start = position;
  writeInt32(0);
  for (let i = 0; i < values.length; i += 1) writeElement(String(i), values[i] ?? null);
  close(start);
};

/** Bytes of the document: a copy of their own. */
export const encodeDoc = (doc: Doc): Buffer => {
  position = 0;
  writeDoc(doc);
  return Buffer.from(buffer.subarray(0, position));
};

/** Size of the document in bytes. */
export const sizeOfDoc = (doc: Doc): number => {
  position = 0;
  writeDoc(doc);
  return position;
};
