import { Double, Int32, Long, ObjectId, Timestamp } from 'bson';
import { encodeDoc } from '../query/bson-writer.js';
import type { Value } from '../query/value.js';
import { crc32c } from './crc32c.js';
import { CHECKSUM_PRESENT, MORE_TO_COME, OP_MSG, OP_REPLY } from './opcodes.js';
import { RawDocument } from './raw-document.js';

/** Above this the scratch buffer is not kept for the next reply. */
const KEPT_SCRATCH = 1024 * 1024;

let scratch = Buffer.allocUnsafeSlow(64 * 1024);
let position = 0;

const ensure = (extra: number): void => {
  if (position + extra <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(scratch.length * 2, position + extra));
  scratch.copy(larger, 0, 0, position);
  scratch = larger;
};

const writeInt32 = (value: number): void => {
  ensure(4);
  position = scratch.writeInt32LE(value, position);
};

const writeInt64 = (value: bigint): void => {
  ensure(8);
  position = scratch.writeBigInt64LE(value, position);
};

const writeBytes = (bytes: Uint8Array): void => {
  ensure(bytes.length);
  scratch.set(bytes, position);
  position += bytes.length;
};

/** A call into the system costs more than a short text of ASCII characters written one by one. */
const SHORT = 24;

/** Writes UTF-8 at `at`, where there is room, and returns how many bytes that are. */
const writeText = (text: string, at: number): number => {
  const { length } = text;
  if (length > SHORT) return scratch.write(text, at, 'utf8');
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return scratch.write(text, at, 'utf8');
    scratch[at + i] = code;
  }
  return length;
};

const writeHeader = (type: number, key: string): void => {
  ensure(key.length * 3 + 2);
  scratch[position++] = type;
  position += writeText(key, position);
  scratch[position++] = 0;
};

const writeString = (text: string): void => {
  ensure(text.length * 3 + 5);
  const size = writeText(text, position + 4);
  scratch.writeInt32LE(size + 1, position);
  position += size + 4;
  scratch[position++] = 0;
};

const writeNumber = (key: string, value: number): void => {
  if (Number.isInteger(value) && !Object.is(value, -0)) {
    if (value >= -0x80000000 && value <= 0x7fffffff) {
      writeHeader(0x10, key);
      writeInt32(value);
      return;
    }
    if (Number.isSafeInteger(value)) {
      writeHeader(0x12, key);
      writeInt64(BigInt(value));
      return;
    }
  }
  writeDouble(key, value);
};

const writeDouble = (key: string, value: number): void => {
  writeHeader(0x01, key);
  ensure(8);
  position = scratch.writeDoubleLE(value, position);
};

/** A value that is a leaf of the deployment's own BSON values. */
const writeLeaf = (key: string, value: Value): void => {
  const bytes = encodeDoc(new Map([['', value]]));
  writeHeader(bytes[4] ?? 0, key);
  writeBytes(bytes.subarray(6, -1));
};

const writeElement = (key: string, value: unknown): void => {
  switch (typeof value) {
    case 'undefined':
      return;
    case 'number':
      return writeNumber(key, value);
    case 'string':
      writeHeader(0x02, key);
      return writeString(value);
    case 'boolean':
      writeHeader(0x08, key);
      ensure(1);
      scratch[position++] = value ? 1 : 0;
      return;
    case 'bigint':
      writeHeader(0x12, key);
      return writeInt64(value);
    case 'object':
      return writeObject(key, value);
    default:
      throw new TypeError(`A reply holds a ${typeof value} at "${key}"`);
  }
};

const writeObject = (key: string, value: object | null): void => {
  if (value instanceof RawDocument) {
    writeHeader(0x03, key);
    writeBytes(value.bytes);
  } else if (Array.isArray(value)) {
    writeHeader(0x04, key);
    writeArray(value);
  } else if (value instanceof Map) {
    writeHeader(0x03, key);
    writeEntries(value as Map<string, unknown>);
  } else if (value === null) writeHeader(0x0a, key);
  else if (value instanceof Double) writeDouble(key, value.value);
  else if (value instanceof Timestamp) {
    writeHeader(0x11, key);
    writeInt32(value.low);
    writeInt32(value.high);
  } else if (value instanceof ObjectId) {
    writeHeader(0x07, key);
    writeBytes(value.id);
  } else if (value instanceof Date) {
    writeHeader(0x09, key);
    writeInt64(BigInt(value.getTime()));
  } else if (value instanceof Long) {
    writeHeader(0x12, key);
    writeInt64(value.toBigInt());
  } else if (value instanceof Int32) {
    writeHeader(0x10, key);
    writeInt32(value.value);
  } else if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) {
    writeHeader(0x03, key);
    writeFields(value as Record<string, unknown>);
  } else writeLeaf(key, value as Value);
};

const open = (): number => {
  const start = position;
  writeInt32(0);
  return start;
};

const close = (start: number): void => {
  ensure(1);
  scratch[position++] = 0;
  scratch.writeInt32LE(position - start, start);
};

const writeEntries = (entries: ReadonlyMap<string, unknown>): void => {
  const start = open();
  for (const [key, value] of entries) writeElement(key, value);
  close(start);
};

const writeFields = (fields: Record<string, unknown>): void => {
  const start = open();
  for (const key of Object.keys(fields)) writeElement(key, fields[key]);
  close(start);
};

const writeArray = (values: readonly unknown[]): void => {
  const start = open();
  for (let i = 0; i < values.length; i += 1) writeElement(String(i), values[i] ?? null);
  close(start);
};

export interface ReplyFrame {
  readonly requestId: number;
  readonly responseTo: number;
  readonly legacy: boolean;
  readonly moreToCome: boolean;
  readonly checksum: boolean;
}

const AWAIT_CAPABLE = 8;

const begin = (frame: ReplyFrame): void => {
  position = 0;
  writeInt32(0);
  writeInt32(frame.requestId);
  writeInt32(frame.responseTo);
  writeInt32(frame.legacy ? OP_REPLY : OP_MSG);
  if (frame.legacy) {
    writeInt32(AWAIT_CAPABLE);
    writeInt64(0n);
    writeInt32(0);
    writeInt32(1);
  } else {
    writeInt32((frame.moreToCome ? MORE_TO_COME : 0) | (frame.checksum ? CHECKSUM_PRESENT : 0));
    ensure(1);
    scratch[position++] = 0;
  }
};

/** The whole message with one reply document, in memory of its own. */
export const encodeReply = (reply: Record<string, unknown>, frame: ReplyFrame): Buffer => {
  begin(frame);
  writeFields(reply);
  const checksum = frame.checksum && !frame.legacy;
  scratch.writeInt32LE(position + (checksum ? 4 : 0), 0);
  if (checksum) {
    ensure(4);
    position = scratch.writeUInt32LE(crc32c(scratch.subarray(0, position)), position);
  }
  const message = Buffer.from(scratch.subarray(0, position));
  if (scratch.length > KEPT_SCRATCH) scratch = Buffer.allocUnsafeSlow(64 * 1024);
  return message;
};
