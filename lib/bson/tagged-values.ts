import { types } from 'node:util';
import { ElementType } from './element-types.js';
import type { EncodeContext } from './encode-context.js';
import { writeHeader, writePatternPart, writeString } from './element-writer.js';
import { uuidBinary } from './uuid-representation.js';
import { vectorFault } from './binary-vector.js';

/** A value of a BSON class of any copy and any major version of the `bson` package: known by its tag, read by its fields. */
export type Tagged = Readonly<Record<string, unknown>> & { readonly _bsontype: string };

/** Writes the document that is, or is inside, the value of the element that the context is at. */
export type WriteNested = (context: EncodeContext, document: object) => void;

/**
 * Encodes a value by its tag. The tag must not be an own field of the value: that is data, for example of a document
 * that was parsed from JSON.
 */
export const writeTagged = (
  context: EncodeContext,
  value: Tagged,
  tag: string,
  writeNested: WriteNested,
): void => {
  const { writer } = context;
  switch (tag) {
    case 'ObjectId':
    case 'ObjectID':
      writeHeader(context, ElementType.ObjectId);
      writeObjectId(context, value);
      return;
    case 'Long':
      writeHeader(context, ElementType.Int64);
      writeHalves(context, value);
      return;
    case 'Timestamp':
      writeHeader(context, ElementType.Timestamp);
      writeHalves(context, value);
      return;
    case 'Int32': {
      const number = Number(value['value']);
      if ((number | 0) !== number)
        context.fail(`Int32 holds ${String(number)}, which is not a 32-bit integer`);
      writeHeader(context, ElementType.Int32);
      writer.writeInt32(number);
      return;
    }
    case 'Double':
      writeHeader(context, ElementType.Double);
      writer.writeDouble(Number(value['value']));
      return;
    case 'Decimal128':
      writeHeader(context, ElementType.Decimal128);
      writer.writeBytes(bytesOf(context, value['bytes'], 16));
      return;
    case 'Binary':
    case 'UUID':
      writeBinary(context, value);
      return;
    case 'MinKey':
      writeHeader(context, ElementType.MinKey);
      return;
    case 'MaxKey':
      writeHeader(context, ElementType.MaxKey);
      return;
    case 'BSONRegExp':
      writeHeader(context, ElementType.RegExp);
      writePatternPart(context, text(context, value['pattern']));
      writePatternPart(context, [...text(context, value['options'])].sort().join(''));
      return;
    case 'BSONSymbol':
    case 'Symbol':
      writeHeader(context, ElementType.Symbol);
      writeString(context, text(context, value['value']));
      return;
    case 'Code':
      writeCode(context, value, writeNested);
      return;
    case 'DBRef':
      writeHeader(context, ElementType.Document);
      writeNested(context, dbRefFields(value));
      return;
    case 'DBPointer':
      writeHeader(context, ElementType.DBPointer);
      writeString(context, text(context, value['namespace']));
      writeObjectId(context, value['id'] as Tagged);
      return;
    case 'DatetimeMS':
      writeHeader(context, ElementType.Date);
      writer.writeInt64(value['value'] as bigint);
      return;
    default:
      context.fail(`unknown BSON class "${tag}"`);
  }
};

/** The header has left room for both. */
const writeHalves = ({ writer }: EncodeContext, value: Tagged): void => {
  const { view, position } = writer;
  view.setInt32(position, value['low'] as number, true);
  view.setInt32(position + 4, value['high'] as number, true);
  writer.position = position + 8;
};

const text = (context: EncodeContext, value: unknown): string => {
  if (typeof value !== 'string') context.fail(`expected a string inside the value, found ${typeof value}`);
  return value;
};

const bytesOf = (context: EncodeContext, value: unknown, length: number): Uint8Array => {
  if (!types.isUint8Array(value) || value.length !== length) {
    context.fail(`expected ${String(length)} bytes inside the value`);
  }
  return value;
};

/** Versions from 5 on write themselves; before, twelve bytes are behind `id`. */
const writeObjectId = (context: EncodeContext, value: Tagged): void => {
  const { writer } = context;
  writer.ensure(12);
  if (typeof value['serializeInto'] === 'function') {
    (value as unknown as { serializeInto(bytes: Uint8Array, at: number): number }).serializeInto(
      writer.buffer,
      writer.position,
    );
    writer.position += 12;
  } else {
    writer.writeBytes(bytesOf(context, value['id'], 12));
  }
};

const writeBinary = (context: EncodeContext, value: Tagged): void => {
  const { writer } = context;
  const isUuid = value._bsontype === 'UUID' || typeof value['toHexString'] === 'function';
  let buffer: unknown = value['buffer'] ?? value['id'];
  let subtype = Number(value['sub_type'] ?? 4);
  if (isUuid) {
    const representation = context.codecOptions.uuidRepresentation;
    if (representation === 'unspecified') {
      context.fail(
        'a UUID can be stored only with the codec option uuidRepresentation; or wrap its bytes in a Binary',
      );
    }
    ({ bytes: buffer, subtype } = uuidBinary(bytesOf(context, buffer, 16), representation));
  }
  if (!types.isUint8Array(buffer)) context.fail('a Binary without bytes');
  const length = isUuid ? buffer.length : Number(value['position'] ?? buffer.length);
  const bytes = length === buffer.length ? buffer : buffer.subarray(0, length);
  if (subtype === 9) {
    const fault = vectorFault(bytes);
    if (fault !== undefined) context.fail(fault);
  }
  writeHeader(context, ElementType.Binary);
  // Subtype 2 repeats the length inside its bytes (BSON specification, "Binary (Old)").
  writer.writeInt32(subtype === 2 ? bytes.length + 4 : bytes.length);
  writer.writeByte(subtype);
  if (subtype === 2) writer.writeInt32(bytes.length);
  writer.writeBytes(bytes);
};

const writeCode = (context: EncodeContext, value: Tagged, writeNested: WriteNested): void => {
  const { writer } = context;
  const source = value['code'];
  const code = typeof source === 'function' ? String(source as () => unknown) : text(context, source);
  const scope = value['scope'];
  if (typeof scope !== 'object' || scope === null) {
    writeHeader(context, ElementType.Code);
    writeString(context, code);
    return;
  }
  writeHeader(context, ElementType.CodeWithScope);
  const start = writer.position;
  writer.position += 4;
  writeString(context, code);
  writeNested(context, scope);
  writer.setInt32(start, writer.position - start);
};

/** DBRef specification: `$ref`, `$id`, `$db`, then whatever else, in this order. */
const dbRefFields = (value: Tagged): Map<string, unknown> => {
  const fields = new Map<string, unknown>([
    ['$ref', value['collection'] ?? value['namespace']],
    ['$id', value['oid']],
  ]);
  const database = value['db'];
  if (database !== undefined && database !== null && database !== '') fields.set('$db', database);
  for (const [name, field] of Object.entries((value['fields'] as object | null | undefined) ?? {})) {
    if (!fields.has(name)) fields.set(name, field);
  }
  return fields;
};
