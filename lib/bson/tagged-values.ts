import { types } from 'node:util';
import { ElementType } from './element-types.js';
import type { EncodeContext } from './encode-context.js';
import { writePatternPart, writeString } from './element-writer.js';
import { uuidBinary } from './uuid-representation.js';
import { vectorFault } from './binary-vector.js';

/** A value of a BSON class of any copy and any major version of the `bson` package: known by its tag, read by its fields. */
export type Tagged = Readonly<Record<string, unknown>> & { readonly _bsontype: string };

/**
 * Encodes a value by its tag. `header` writes type and key; `nested` writes a document. The tag must not be an own
 * field of the value: that is data, for example of a document that was parsed from JSON.
 */
export const writeTagged = (
  context: EncodeContext,
  key: string,
  value: Tagged,
  header: (type: number) => void,
  nested: (document: object) => void,
): void => {
  const { writer } = context;
  switch (value._bsontype) {
    case 'ObjectId':
    case 'ObjectID':
      header(ElementType.ObjectId);
      writer.writeBytes(objectIdBytes(context, key, value));
      return;
    case 'Long':
    case 'Timestamp': {
      header(value._bsontype === 'Long' ? ElementType.Int64 : ElementType.Timestamp);
      writer.writeInt32(integer(context, key, value['low'] ?? value['low_']));
      writer.writeInt32(integer(context, key, value['high'] ?? value['high_']));
      return;
    }
    case 'Int32': {
      const number = Number(value['value']);
      if ((number | 0) !== number)
        context.fail(key, `Int32 holds ${String(number)}, which is not a 32-bit integer`);
      header(ElementType.Int32);
      writer.writeInt32(number);
      return;
    }
    case 'Double':
      header(ElementType.Double);
      writer.writeDouble(Number(value['value']));
      return;
    case 'Decimal128':
      header(ElementType.Decimal128);
      writer.writeBytes(bytesOf(context, key, value['bytes'], 16));
      return;
    case 'Binary':
    case 'UUID':
      writeBinary(context, key, value, header);
      return;
    case 'MinKey':
      header(ElementType.MinKey);
      return;
    case 'MaxKey':
      header(ElementType.MaxKey);
      return;
    case 'BSONRegExp':
      header(ElementType.RegExp);
      writePatternPart(context, key, text(context, key, value['pattern']));
      writePatternPart(context, key, [...text(context, key, value['options'])].sort().join(''));
      return;
    case 'BSONSymbol':
    case 'Symbol':
      header(ElementType.Symbol);
      writeString(context, key, text(context, key, value['value']));
      return;
    case 'Code':
      writeCode(context, key, value, header, nested);
      return;
    case 'DBRef':
      header(ElementType.Document);
      nested(dbRefFields(value));
      return;
    case 'DBPointer':
      header(ElementType.DBPointer);
      writeString(context, key, text(context, key, value['namespace']));
      writer.writeBytes(objectIdBytes(context, key, value['id'] as Tagged));
      return;
    case 'DatetimeMS':
      header(ElementType.Date);
      writer.writeInt64(value['value'] as bigint);
      return;
    default:
      context.fail(key, `unknown BSON class "${value._bsontype}"`);
  }
};

const integer = (context: EncodeContext, key: string, value: unknown): number => {
  if (typeof value !== 'number') context.fail(key, 'the two halves of a 64-bit integer must be numbers');
  return value | 0;
};

const text = (context: EncodeContext, key: string, value: unknown): string => {
  if (typeof value !== 'string')
    context.fail(key, `expected a string inside the value, found ${typeof value}`);
  return value;
};

const bytesOf = (context: EncodeContext, key: string, value: unknown, length: number): Uint8Array => {
  if (!types.isUint8Array(value) || value.length !== length) {
    context.fail(key, `expected ${String(length)} bytes inside the value`);
  }
  return value;
};

/** Version 4 to 7 keep twelve bytes behind `id`; older ones may keep them as a string of as many characters. */
const objectIdBytes = (context: EncodeContext, key: string, value: Tagged): Uint8Array => {
  const id: unknown = value['id'];
  return bytesOf(context, key, typeof id === 'string' ? Buffer.from(id, 'latin1') : id, 12);
};

const writeBinary = (
  context: EncodeContext,
  key: string,
  value: Tagged,
  header: (type: number) => void,
): void => {
  const { writer } = context;
  const isUuid = value._bsontype === 'UUID' || typeof value['toHexString'] === 'function';
  let buffer: unknown = value['buffer'] ?? value['id'];
  let subtype = Number(value['sub_type'] ?? 4);
  if (isUuid) {
    const representation = context.codecOptions.uuidRepresentation;
    if (representation === 'unspecified') {
      context.fail(
        key,
        'a UUID can be stored only with the codec option uuidRepresentation; or wrap its bytes in a Binary',
      );
    }
    ({ bytes: buffer, subtype } = uuidBinary(bytesOf(context, key, buffer, 16), representation));
  }
  if (!types.isUint8Array(buffer)) context.fail(key, 'a Binary without bytes');
  const bytes = isUuid ? buffer : buffer.subarray(0, Number(value['position'] ?? buffer.length));
  if (subtype === 9) {
    const fault = vectorFault(bytes);
    if (fault !== undefined) context.fail(key, fault);
  }
  header(ElementType.Binary);
  // Subtype 2 repeats the length inside its bytes (BSON specification, "Binary (Old)").
  writer.writeInt32(subtype === 2 ? bytes.length + 4 : bytes.length);
  writer.writeByte(subtype);
  if (subtype === 2) writer.writeInt32(bytes.length);
  writer.writeBytes(bytes);
};

const writeCode = (
  context: EncodeContext,
  key: string,
  value: Tagged,
  header: (type: number) => void,
  nested: (document: object) => void,
): void => {
  const { writer } = context;
  const source = value['code'];
  const code = typeof source === 'function' ? String(source as () => unknown) : text(context, key, source);
  const scope = value['scope'];
  if (typeof scope !== 'object' || scope === null) {
    header(ElementType.Code);
    writeString(context, key, code);
    return;
  }
  header(ElementType.CodeWithScope);
  const start = writer.position;
  writer.position += 4;
  writeString(context, key, code);
  nested(scope);
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
