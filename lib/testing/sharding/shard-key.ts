import { createHash } from 'node:crypto';
import { CommandError } from '../command-error.js';
import { keyOf } from '../query/bson-order.js';
import { asDouble, isNumber } from '../query/number.js';
import { plainPath } from '../query/path.js';
import { isArray, isDoc, RegExpValue, type Doc, type Maybe, type Value } from '../query/value.js';

interface KeyField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly hashed: boolean;
}

/** The fields that decide where a document lives. */
export interface ShardKey {
  readonly pattern: Doc;
  readonly fields: readonly KeyField[];
}

/** Reads a shard key pattern. Throws where it is none (manual, "Shard Keys"). */
export const parseShardKey = (pattern: Doc): ShardKey => {
  const fields = [...pattern].map(([path, value]): KeyField => {
    const hashed = value === 'hashed';
    if (!hashed && !(isNumber(value) && asDouble(value) === 1)) {
      throw new CommandError('BadValue', `Unsupported shard key pattern: ${path} must be 1 or 'hashed'`);
    }
    return { path, parts: path.split('.'), hashed };
  });
  if (fields.length === 0) throw new CommandError('BadValue', 'Shard key is empty');
  if (fields.filter(({ hashed }) => hashed).length > 1) {
    throw new CommandError('BadValue', 'A shard key has at most one hashed field');
  }
  return { pattern, fields };
};

/** 64 bits; a router spreads documents by them. */
const hashOf = (value: Maybe): bigint =>
  createHash('md5')
    .update(keyOf(value ?? null))
    .digest()
    .readBigInt64LE(0);

const placed = ({ hashed }: KeyField, value: Maybe): Value => (hashed ? hashOf(value) : (value ?? null));

/** Where a document lies along the key; fields it has not are null. */
export const shardKeyOf = ({ fields }: ShardKey, doc: Doc): readonly Value[] =>
  fields.map((field) => placed(field, plainPath(doc, field.parts)));

const isPlain = (value: Value): boolean =>
  !(value instanceof RegExpValue) &&
  !isArray(value) &&
  !(isDoc(value) && [...value.keys()].some((key) => key.startsWith('$')));

/** The value that a filter wants a field to be equal to. */
const wanted = (filter: Doc, path: string): Maybe => {
  const value = filter.get(path);
  if (value !== undefined) {
    if (isPlain(value)) return value;
    const equal = isDoc(value) ? value.get('$eq') : undefined;
    if (equal !== undefined) return equal;
  }
  const all = filter.get('$and');
  for (const part of isArray(all) ? all : []) {
    const found = isDoc(part) ? wanted(part, path) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Where all documents of a filter lie along the key; undefined where they may lie anywhere. */
export const shardKeyIn = ({ fields }: ShardKey, filter: Doc): readonly Value[] | undefined => {
  const values: Value[] = [];
  for (const field of fields) {
    const value = wanted(filter, field.path);
    if (value === undefined) return undefined;
    values.push(placed(field, value));
  }
  return values;
};
