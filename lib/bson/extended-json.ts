import { DBRef } from 'bson';
import { InvalidDocument } from '../core/errors/bson.js';
import type { CodecOptions } from './codec-options.js';
import { doubleValue, int32Value, int64Value } from './convert-values.js';
import { planOf, type DecodePlan } from './decode-plan.js';
import { defineField } from './document.js';
import { encodeDocument } from './encoder.js';
import { writeExtendedJsonValue } from './extended-json-writer.js';
import { WRAPPERS } from './extended-json-wrappers.js';
import { isJsonNumber, isJsonObject, parseJson, type JsonObject, type JsonValue } from './json-tree.js';
import { findElement } from './raw-reader.js';

export interface ParseExtendedJsonOptions {
  /** Which classes stand for dates, integers, documents and so on, as in decoding. Default: `DEFAULT_CODEC_OPTIONS`. */
  readonly codecOptions?: CodecOptions | undefined;
}

export interface StringifyExtendedJsonOptions {
  /** Relaxed (the default) writes numbers and dates readably; canonical (`false`) keeps every type. */
  readonly relaxed?: boolean | undefined;
  readonly codecOptions?: CodecOptions | undefined;
}

/**
 * Parses MongoDB Extended JSON, version 2, canonical or relaxed. Strict: JSON as RFC 8259 has it, and type wrappers
 * exactly as the Extended JSON specification has them; anything else is an `InvalidDocument` with its path.
 */
export const parseExtendedJson = (text: string, options: ParseExtendedJsonOptions = {}): unknown =>
  toValue(parseJson(text), planOf(options.codecOptions), []);

/** Writes a value as MongoDB Extended JSON. It is the same value that the encoder would store, or the same error. */
export const stringifyExtendedJson = (value: unknown, options: StringifyExtendedJsonOptions = {}): string => {
  const bytes = encodeDocument(new Map([['', value]]), {
    ...(options.codecOptions && { codecOptions: options.codecOptions }),
  });
  const element = findElement(bytes, 0, '');
  if (element === undefined) throw new InvalidDocument('undefined has no extended JSON form');
  return writeExtendedJsonValue(bytes, element.type, element.valueOffset, options.relaxed ?? true);
};

type Path = readonly string[];

const fail = (path: Path, reason: string): never => {
  const where = path.join('.');
  throw new InvalidDocument(`Extended JSON: ${where === '' ? '' : `${where}: `}${reason}`, { path: where });
};

const toValue = (value: JsonValue, plan: DecodePlan, path: Path): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (isJsonNumber(value)) return toNumber(value.source, plan.options);
  if (isJsonObject(value)) {
    const wrapped = toWrapped(value, plan, path);
    return wrapped === undefined ? toDocument(value, plan, path) : wrapped;
  }
  return value.map((item, index) => toValue(item, plan, [...path, String(index)]));
};

const MAX_INT64 = 2n ** 63n - 1n;

/** Extended JSON specification, "Special rules for parsing JSON numbers". */
const toNumber = (source: string, options: CodecOptions): unknown => {
  const number = Number(source);
  if (!/^-?\d+$/.test(source) || Object.is(number, -0)) return doubleValue(number, options);
  if ((number | 0) === number) return int32Value(number, options);
  const exact = BigInt(source);
  return exact > MAX_INT64 || exact < -MAX_INT64 - 1n
    ? doubleValue(number, options)
    : int64Value(exact, options);
};

/** The value that a type wrapper or DBRef stands for; `undefined` where the object is neither. */
const toWrapped = (fields: JsonObject, plan: DecodePlan, path: Path): unknown => {
  for (const key of fields.keys()) {
    const wrapper = key.startsWith('$') ? ownWrapper(key) : undefined;
    if (wrapper === undefined) continue;
    const here = [...path, key];
    for (const other of fields.keys()) {
      if (other !== key && wrapper.also?.includes(other) !== true)
        fail(here, `"${other}" must not stand beside it`);
    }
    const context = {
      options: plan.options,
      toDocument: (nested: JsonObject) => toDocument(nested, plan, here),
      fail: (reason: string) => fail(here, reason),
    };
    // `$scope` may come first: the wrapper is `$code`.
    const name = key === '$scope' && fields.has('$code') ? '$code' : key;
    return inRange(here, () => (WRAPPERS[name] ?? wrapper).read(fields.get(name) ?? null, context, fields));
  }
  return toDbRef(fields, plan, path);
};

const ownWrapper = (key: string): (typeof WRAPPERS)[string] | undefined =>
  Object.hasOwn(WRAPPERS, key) ? WRAPPERS[key] : undefined;

const inRange = (path: Path, read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return error instanceof RangeError ? fail(path, error.message) : raise(error);
  }
};

const raise = (error: unknown): never => {
  throw error;
};

/** An object that does not fully follow the DBRef convention stays as it is. */
const toDbRef = (fields: JsonObject, plan: DecodePlan, path: Path): DBRef | undefined => {
  const ref = fields.get('$ref');
  const id = fields.get('$id');
  const database = fields.get('$db');
  if (typeof ref !== 'string' || id === undefined || id === null) return undefined;
  if (database !== undefined && typeof database !== 'string') return undefined;
  const rest: Record<string, unknown> = {};
  for (const [key, value] of fields) {
    if (key === '$ref' || key === '$id' || key === '$db') continue;
    if (key.startsWith('$')) return undefined;
    defineField(rest, key, toValue(value, plan, [...path, key]));
  }
  return new DBRef(ref, toValue(id, plan, [...path, '$id']) as never, database, rest);
};

const toDocument = (fields: JsonObject, plan: DecodePlan, path: Path): object => {
  const document = plan.mapClass === undefined ? {} : new plan.mapClass();
  for (const [key, field] of fields) {
    if (key.includes('\0'))
      fail([...path, key.replaceAll('\0', '\\0')], 'a key must not contain a null character');
    const value = toValue(field, plan, [...path, key]);
    if (plan.mapClass === undefined) defineField(document, key, value);
    else (document as Map<string, unknown>).set(key, value);
  }
  return document;
};
