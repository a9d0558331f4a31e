import { inspect, types } from 'node:util';
import { RAW_DOCUMENT } from './codec-options.js';
import { ElementType } from './element-types.js';
import type { EncodeContext } from './encode-context.js';
import { writeHeader, writePatternPart, writeString, writeTime } from './element-writer.js';
import { findEntry, NO_ENTRY, type KeyEntry } from './key-entries.js';
import { writeTagged, type Tagged } from './tagged-values.js';
import type { BsonWriter } from './writer.js';

/*
 * Writes the fields of documents and everything that can be in them. The context says which element is being written;
 * whoever writes an element sets it.
 */

const { getPrototypeOf } = Object;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

type Fields = Record<string, unknown>;

export const beginDocument = (writer: BsonWriter): number => {
  const start = writer.position;
  writer.ensure(5);
  writer.position = start + 4;
  return start;
};

export const endDocument = (writer: BsonWriter, start: number): void => {
  writer.ensure(1);
  writer.view.setUint8(writer.position++, 0);
  writer.view.setInt32(start, writer.position - start, true);
};

const writeMapFields = (
  context: EncodeContext,
  document: ReadonlyMap<unknown, unknown>,
  skipped: string | undefined,
): void => {
  for (const [key, value] of document) {
    if (typeof key !== 'string') {
      context.key = inspect(key, { depth: 0 });
      context.entry = NO_ENTRY;
      context.fail(`keys of a Map must be strings, not ${typeof key}`);
    }
    if (key !== skipped) writeElement(context, key, findEntry(key), value);
  }
};

/** `parent` knows which key came first in its last document. The field `skipped` is left out. */
export const writeFields = (
  context: EncodeContext,
  document: object,
  parent: KeyEntry,
  skipped?: string,
): void => {
  if (getPrototypeOf(document) !== Object.prototype && types.isMap(document)) {
    writeMapFields(context, document, skipped);
    return;
  }
  let entry = parent;
  const keys = Object.keys(document);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    let next = index === 0 ? parent.first : entry.next;
    if (next.key !== key) {
      next = findEntry(key);
      if (index === 0) parent.first = next;
      else if (entry !== NO_ENTRY) entry.next = next;
    }
    entry = next;
    if (key !== skipped) writeElement(context, key, entry, (document as Fields)[key]);
  }
};

const writeItems = (context: EncodeContext, items: readonly unknown[]): void => {
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    context.index = index;
    if (item === undefined) {
      if (context.undefinedValues === 'throw') context.fail('the value is undefined');
      writeHeader(context, ElementType.Null);
    } else {
      writeValue(context, item);
    }
  }
};

export const writeElement = (context: EncodeContext, key: string, entry: KeyEntry, value: unknown): void => {
  context.entry = entry;
  if (entry === NO_ENTRY) context.key = key;
  if (value !== undefined) writeValue(context, value);
  else writeUndefinedField(context);
};

const writeUndefinedField = (context: EncodeContext): void => {
  if (context.undefinedValues === 'null') writeHeader(context, ElementType.Null);
  else if (context.undefinedValues === 'throw') context.fail('the value is undefined');
};

/** Writes the element that the context is at. */
const writeValue = (context: EncodeContext, value: unknown): void => {
  const { writer } = context;
  if (typeof value === 'string') {
    writeHeader(context, ElementType.String);
    writeString(context, value);
  } else if (typeof value === 'number') {
    // -0 is integral, but an int32 would lose its sign.
    if ((value | 0) === value && (value !== 0 || !Object.is(value, -0))) {
      writeHeader(context, ElementType.Int32);
      writer.view.setInt32(writer.position, value, true);
      writer.position += 4;
    } else {
      writeHeader(context, ElementType.Double);
      writer.view.setFloat64(writer.position, value, true);
      writer.position += 8;
    }
  } else if (typeof value === 'boolean') {
    writeHeader(context, ElementType.Boolean);
    writer.view.setUint8(writer.position++, value ? 1 : 0);
  } else if (value === null) {
    writeHeader(context, ElementType.Null);
  } else if (typeof value === 'object') {
    writeObject(context, value);
  } else if (typeof value === 'bigint') {
    if (value < MIN_INT64 || value > MAX_INT64)
      context.fail(`${String(value)} does not fit into a 64-bit integer`);
    writeHeader(context, ElementType.Int64);
    writer.writeInt64(value);
  } else {
    writeCustom(context, value, `a ${typeof value} cannot be stored`);
  }
};

const writeObject = (context: EncodeContext, value: object): void => {
  const prototype: unknown = getPrototypeOf(value);
  if (!isPlain(prototype)) {
    const tag: unknown = (value as Partial<Tagged>)._bsontype;
    if (typeof tag === 'string') {
      writeTagged(context, value as Tagged, tag, writeNested);
      return;
    }
  }
  if (hasToBSON(value)) writeReplaced(context, value.toBSON());
  else writeAsIs(context, value, prototype);
};

/** What `toBSON` returned; its own `toBSON`, if it has one, is not called. */
const writeReplaced = (context: EncodeContext, value: unknown): void => {
  if (isTagged(value)) writeTagged(context, value, value._bsontype, writeNested);
  else if (typeof value === 'object' && value !== null) writeAsIs(context, value, getPrototypeOf(value));
  else if (value !== undefined) writeValue(context, value);
  else if (context.index < 0) writeUndefinedField(context);
  else writeHeader(context, ElementType.Null);
};

const writeAsIs = (context: EncodeContext, value: object, prototype: unknown): void => {
  if (Array.isArray(value)) {
    const { writer } = context;
    writeHeader(context, ElementType.Array);
    context.enter(value);
    const start = beginDocument(writer);
    writeItems(context, value);
    endDocument(writer, start);
    context.leave();
  } else if (isPlain(prototype)) {
    writeHeader(context, ElementType.Document);
    writeNested(context, value);
  } else {
    writeInstance(context, value);
  }
};

const writeNested = (context: EncodeContext, document: object): void => {
  const { writer, entry } = context;
  context.enter(document);
  const start = beginDocument(writer);
  writeFields(context, document, entry);
  endDocument(writer, start);
  context.leave();
};

/** An object of some class: one that BSON has a type for, or one that a codec can replace. */
const writeInstance = (context: EncodeContext, value: object): void => {
  const { writer } = context;
  if (types.isDate(value)) {
    const time = value.getTime();
    if (Number.isNaN(time)) context.fail('Invalid Date');
    writeHeader(context, ElementType.Date);
    writeTime(context, time);
  } else if (types.isUint8Array(value)) {
    writeHeader(context, ElementType.Binary);
    writer.writeInt32(value.length);
    writer.writeByte(0);
    writer.writeBytes(value);
  } else if (types.isMap(value)) {
    writeHeader(context, ElementType.Document);
    writeNested(context, value);
  } else if (types.isRegExp(value)) {
    writeHeader(context, ElementType.RegExp);
    writePatternPart(context, value.source);
    writePatternPart(context, regExpOptions(context, value));
  } else if (isRaw(value)) {
    writeHeader(context, ElementType.Document);
    writer.writeBytes(value.raw);
  } else {
    writeCustom(
      context,
      value,
      `an instance of ${nameOf(value)} has no BSON form: give it a toBSON method, register a codec, or convert it`,
    );
  }
};

/** Flags that both sides have, in the order of the alphabet. `g` and `d` change no match and are left out; `y` and `v` would change one. */
const regExpOptions = (context: EncodeContext, value: RegExp): string => {
  if (value.sticky || (value as { unicodeSets?: boolean }).unicodeSets === true) {
    context.fail(`the regular expression has a flag of "${value.flags}" that BSON cannot store`);
  }
  const { ignoreCase, multiline, dotAll, unicode } = value;
  return (ignoreCase ? 'i' : '') + (multiline ? 'm' : '') + (dotAll ? 's' : '') + (unicode ? 'u' : '');
};

/** Asks the application's codecs. What they return is encoded without asking them again. */
const writeCustom = (context: EncodeContext, value: unknown, reason: string): void => {
  const { typeRegistry } = context.codecOptions;
  const encoder =
    (typeof value === 'object' && value !== null ? typeRegistry.encoderFor(value) : undefined) ??
    typeRegistry.fallbackEncoder;
  if (encoder === undefined || context.inCustom) context.fail(reason);
  const replaced = encoder(value);
  if (replaced === undefined) context.fail('the codec made undefined of the value');
  context.inCustom = true;
  writeValue(context, replaced);
  context.inCustom = false;
};

export const hasToBSON = (value: unknown): value is { toBSON(): unknown } =>
  typeof (value as { toBSON?: unknown } | null | undefined)?.toBSON === 'function';

/** A field of that name in a plain object is data, for example of a document that was parsed from JSON. */
const isTagged = (value: unknown): value is Tagged =>
  typeof (value as Partial<Tagged> | null | undefined)?._bsontype === 'string' &&
  !isPlain(getPrototypeOf(value));

export const isRaw = (value: object): value is { readonly raw: Uint8Array } =>
  (value as Record<symbol, unknown>)[RAW_DOCUMENT] === true;

/** Plain objects of any realm: their prototype is at the end of its chain. */
const isPlain = (prototype: unknown): boolean =>
  prototype === Object.prototype || prototype === null || getPrototypeOf(prototype) === null;

export const isBuiltInValue = (value: object): boolean =>
  types.isDate(value) ||
  types.isRegExp(value) ||
  types.isAnyArrayBuffer(value) ||
  ArrayBuffer.isView(value) ||
  types.isSet(value) ||
  isTagged(value);

export const nameOf = (value: object): string => {
  if (Array.isArray(value)) return 'an array';
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'an unnamed class';
};
