import { types } from 'node:util';
import { DEFAULT_CODEC_OPTIONS, RAW_DOCUMENT, type CodecOptions } from './codec-options.js';
import { ElementType } from './element-types.js';
import { EncodeContext } from './encode-context.js';
import { writeHeader, writeIndexHeader, writePatternPart, writeString, writeTime } from './element-writer.js';
import { writeTagged, type Tagged } from './tagged-values.js';
import { BsonWriter } from './writer.js';

export interface EncodeOptions {
  /** Default: `DEFAULT_CODEC_OPTIONS`. */
  readonly codecOptions?: CodecOptions | undefined;
  /** In a filter an `undefined` is an error: leaving it out would match more documents than was meant. */
  readonly undefinedIn?: 'document' | 'filter' | undefined;
  /** Where present, written first as `_id`; the document's own `_id` is skipped. */
  readonly id?: unknown;
  /** The document's own `_id` is written first. */
  readonly idFirst?: boolean | undefined;
  /** Where the document stands within a larger one, for messages. */
  readonly path?: string | undefined;
}

const NO_OPTIONS: EncodeOptions = Object.freeze({});
const { hasOwnProperty: hasOwn } = Object.prototype;
const { getPrototypeOf } = Object;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Appends one BSON document. A document is an object of any class (its own enumerable string keys), a `Map`, or a
 * `RawBSONDocument`, whose bytes are copied. Throws `InvalidDocument` with the path of the value at fault; the writer
 * then stands where it stood.
 */
export const encodeInto = (
  writer: BsonWriter,
  document: unknown,
  options: EncodeOptions = NO_OPTIONS,
): void => {
  const codecOptions = options.codecOptions ?? DEFAULT_CODEC_OPTIONS;
  const undefinedValues = options.undefinedIn === 'filter' ? 'throw' : codecOptions.undefinedValues;
  const context = new EncodeContext(writer, codecOptions, undefinedValues, options.path ?? '');
  const start = writer.position;
  try {
    writeRoot(context, document, options);
  } catch (error) {
    writer.position = start;
    throw error;
  }
};

let scratch: BsonWriter | undefined;
const SCRATCH_SIZE = 65_536;

/** Encodes one document into bytes of its own. */
export const encodeDocument = (document: unknown, options?: EncodeOptions): Uint8Array => {
  const writer = scratch ?? new BsonWriter(SCRATCH_SIZE);
  // A `toBSON` method may encode in turn: it then finds no scratch writer and makes one.
  scratch = undefined;
  writer.reset();
  try {
    encodeInto(writer, document, options);
    const bytes = Buffer.allocUnsafe(writer.position);
    bytes.set(writer.take());
    return bytes;
  } finally {
    if (writer.buffer.length <= SCRATCH_SIZE * 16) scratch = writer;
  }
};

const writeRoot = (context: EncodeContext, value: unknown, options: EncodeOptions): void => {
  let document = value;
  if (hasToBSON(document)) document = document.toBSON();
  if (typeof document !== 'object' || document === null) {
    context.fail('', `a document must be an object, not ${document === null ? 'null' : typeof document}`);
  }
  if (isRaw(document)) {
    context.writer.writeBytes(document.raw);
    return;
  }
  if (Array.isArray(document) || isBuiltInValue(document)) {
    context.fail('', `a document must be an object with fields, not ${nameOf(document)}`);
  }
  context.enterRoot(document);
  const id = 'id' in options ? options.id : options.idFirst === true ? ownId(document) : undefined;
  if (id === undefined) {
    writeFields(context, document);
    return;
  }
  const { writer } = context;
  const start = beginDocument(writer);
  writeElement(context, '_id', id);
  if (types.isMap(document)) {
    for (const [key, field] of document)
      if (key !== '_id') writeElement(context, checkMapKey(context, key), field);
  } else {
    for (const key in document) {
      if (key !== '_id' && hasOwn.call(document, key)) writeElement(context, key, (document as Fields)[key]);
    }
  }
  endDocument(writer, start);
};

type Fields = Record<string, unknown>;

const ownId = (document: object): unknown =>
  types.isMap(document)
    ? document.get('_id')
    : hasOwn.call(document, '_id')
      ? (document as Fields)['_id']
      : undefined;

const beginDocument = (writer: BsonWriter): number => {
  const start = writer.position;
  writer.ensure(5);
  writer.position = start + 4;
  return start;
};

const endDocument = (writer: BsonWriter, start: number): void => {
  writer.writeByte(0);
  writer.setInt32(start, writer.position - start);
};

const writeFields = (context: EncodeContext, document: object): void => {
  const { writer } = context;
  const start = beginDocument(writer);
  if (types.isMap(document)) {
    for (const [key, value] of document) writeElement(context, checkMapKey(context, key), value);
  } else {
    for (const key in document) {
      if (hasOwn.call(document, key)) writeElement(context, key, (document as Fields)[key]);
    }
  }
  endDocument(writer, start);
};

const checkMapKey = (context: EncodeContext, key: unknown): string => {
  if (typeof key !== 'string') context.fail(String(key), `keys of a Map must be strings, not ${typeof key}`);
  return key;
};

const writeItems = (context: EncodeContext, items: readonly unknown[]): void => {
  const { writer } = context;
  const start = beginDocument(writer);
  for (let index = 0; index < items.length; index++) writeItem(context, index, items[index]);
  endDocument(writer, start);
};

const writeElement = (context: EncodeContext, key: string, value: unknown): void => {
  const { writer } = context;
  switch (typeof value) {
    case 'string':
      writeHeader(context, ElementType.String, key);
      writeString(context, key, value);
      return;
    case 'number':
      writeHeader(context, isInt32(value) ? ElementType.Int32 : ElementType.Double, key);
      writeNumber(writer, value);
      return;
    case 'boolean':
      writeHeader(context, ElementType.Boolean, key);
      writer.buffer[writer.position++] = value ? 1 : 0;
      return;
    case 'object':
      if (value === null) writeHeader(context, ElementType.Null, key);
      else writeObject(context, key, value, -1);
      return;
    case 'undefined':
      if (context.undefinedValues === 'null') writeHeader(context, ElementType.Null, key);
      else if (context.undefinedValues === 'throw') context.fail(key, 'the value is undefined');
      return;
    default:
      writeRare(context, key, value, -1);
  }
};

/** The same for an element of an array, whose key is its index. */
const writeItem = (context: EncodeContext, index: number, value: unknown): void => {
  const { writer } = context;
  switch (typeof value) {
    case 'string':
      writeIndexHeader(context, ElementType.String, index);
      writeString(context, String(index), value);
      return;
    case 'number':
      writeIndexHeader(context, isInt32(value) ? ElementType.Int32 : ElementType.Double, index);
      writeNumber(writer, value);
      return;
    case 'boolean':
      writeIndexHeader(context, ElementType.Boolean, index);
      writer.buffer[writer.position++] = value ? 1 : 0;
      return;
    case 'object':
      if (value === null) writeIndexHeader(context, ElementType.Null, index);
      else writeObject(context, String(index), value, index);
      return;
    case 'undefined':
      if (context.undefinedValues === 'throw') context.fail(String(index), 'the value is undefined');
      writeIndexHeader(context, ElementType.Null, index);
      return;
    default:
      writeRare(context, String(index), value, index);
  }
};

/** -0 is integral, but an int32 would lose its sign. */
const isInt32 = (value: number): boolean => (value | 0) === value && !Object.is(value, -0);

const writeNumber = (writer: BsonWriter, value: number): void => {
  if (isInt32(value)) {
    writer.view.setInt32(writer.position, value, true);
    writer.position += 4;
  } else {
    writer.view.setFloat64(writer.position, value, true);
    writer.position += 8;
  }
};

/** `index` is negative for a field of a document. */
const header = (context: EncodeContext, type: number, key: string, index: number): void => {
  if (index < 0) writeHeader(context, type, key);
  else writeIndexHeader(context, type, index);
};

const writeRare = (context: EncodeContext, key: string, value: unknown, index: number): void => {
  if (typeof value === 'bigint') {
    if (value < MIN_INT64 || value > MAX_INT64)
      context.fail(key, `${String(value)} does not fit into a 64-bit integer`);
    header(context, ElementType.Int64, key, index);
    context.writer.writeInt64(value);
    return;
  }
  writeCustom(context, key, value, index, `a ${typeof value} cannot be stored`);
};

const writeObject = (context: EncodeContext, key: string, value: object, index: number): void => {
  if (hasToBSON(value)) {
    const replaced = value.toBSON();
    if (replaced !== value) {
      if (index < 0) writeElement(context, key, replaced);
      else writeItem(context, index, replaced);
      return;
    }
  }
  if (Array.isArray(value)) {
    header(context, ElementType.Array, key, index);
    context.enter(key, value);
    writeItems(context, value);
    context.leave();
    return;
  }
  if (isPlain(value)) {
    header(context, ElementType.Document, key, index);
    writeNested(context, key, value);
    return;
  }
  writeInstance(context, key, value, index);
};

const writeNested = (context: EncodeContext, key: string, document: object): void => {
  context.enter(key, document);
  writeFields(context, document);
  context.leave();
};

/** An object of some class: one that BSON has a type for, or one that a codec can replace. */
const writeInstance = (context: EncodeContext, key: string, value: object, index: number): void => {
  const { writer } = context;
  const tag: unknown = (value as Partial<Tagged>)._bsontype;
  if (typeof tag === 'string' && !hasOwn.call(value, '_bsontype')) {
    writeTagged(
      context,
      key,
      value as Tagged,
      (type) => {
        header(context, type, key, index);
      },
      (document) => {
        writeNested(context, key, document);
      },
    );
  } else if (types.isDate(value)) {
    const time = value.getTime();
    if (Number.isNaN(time)) context.fail(key, 'Invalid Date');
    header(context, ElementType.Date, key, index);
    writeTime(context, time);
  } else if (types.isUint8Array(value)) {
    header(context, ElementType.Binary, key, index);
    writer.writeInt32(value.length);
    writer.writeByte(0);
    writer.writeBytes(value);
  } else if (types.isMap(value)) {
    header(context, ElementType.Document, key, index);
    writeNested(context, key, value);
  } else if (types.isRegExp(value)) {
    header(context, ElementType.RegExp, key, index);
    writePatternPart(context, key, value.source);
    writePatternPart(context, key, regExpOptions(context, key, value));
  } else if (isRaw(value)) {
    header(context, ElementType.Document, key, index);
    writer.writeBytes(value.raw);
  } else {
    writeCustom(
      context,
      key,
      value,
      index,
      `an instance of ${nameOf(value)} has no BSON form: give it a toBSON method, register a codec, or convert it`,
    );
  }
};

/** Flags that both sides have. `g` and `d` change no match and are left out; `y` and `v` would change one. */
const regExpOptions = (context: EncodeContext, key: string, value: RegExp): string => {
  if (value.sticky || value.flags.includes('v')) {
    context.fail(key, `the regular expression has a flag of "${value.flags}" that BSON cannot store`);
  }
  return [...value.flags]
    .filter((flag) => 'imsu'.includes(flag))
    .sort()
    .join('');
};

/** Asks the application's codecs. What they return is encoded without asking them again. */
const writeCustom = (
  context: EncodeContext,
  key: string,
  value: unknown,
  index: number,
  reason: string,
): void => {
  const { typeRegistry } = context.codecOptions;
  const encoder =
    (typeof value === 'object' && value !== null ? typeRegistry.encoderFor(value) : undefined) ??
    typeRegistry.fallbackEncoder;
  if (encoder === undefined || context.inCustom) context.fail(key, reason);
  context.inCustom = true;
  try {
    const replaced = encoder(value);
    if (index < 0) writeElement(context, key, replaced);
    else writeItem(context, index, replaced);
  } finally {
    context.inCustom = false;
  }
};

const hasToBSON = (value: unknown): value is { toBSON(): unknown } =>
  typeof (value as { toBSON?: unknown } | null | undefined)?.toBSON === 'function';

const isRaw = (value: object): value is { readonly raw: Uint8Array } =>
  (value as Record<symbol, unknown>)[RAW_DOCUMENT] === true;

/** Plain objects of any realm: their prototype is at the end of its chain. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || getPrototypeOf(prototype) === null;
};

const isBuiltInValue = (value: object): boolean =>
  types.isDate(value) ||
  types.isRegExp(value) ||
  types.isAnyArrayBuffer(value) ||
  ArrayBuffer.isView(value) ||
  types.isSet(value) ||
  (typeof (value as Partial<Tagged>)._bsontype === 'string' && !hasOwn.call(value, '_bsontype'));

const nameOf = (value: object): string => {
  if (Array.isArray(value)) return 'an array';
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'an unnamed class';
};
