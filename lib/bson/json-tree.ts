import { InvalidDocument } from '../core/errors/bson.js';
import { MAX_DEPTH } from './element-types.js';

/** A JSON number as it was written: whether it is an integer, and every digit of it, matter to extended JSON. */
export interface JsonNumber {
  readonly source: string;
}

export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

/** Type wrappers add levels that the document they stand for does not have. */
const MAX_TEXT_DEPTH = MAX_DEPTH * 2;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANKS = /[ \t\n\r]*/y;
/** Everything up to the closing quote: RFC 8259 section 7 allows neither control characters nor other escapes. */
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;

/** Parses JSON by the letter of RFC 8259; a name that appears twice in one object is an error too. */
export const parseJson = (text: string): JsonValue => {
  let at = 0;

  const fail = (expected: string): never => {
    const found = at < text.length ? JSON.stringify(text[at]) : 'the end of the text';
    throw new InvalidDocument(
      `Extended JSON: expected ${expected} at position ${String(at)}, found ${found}`,
    );
  };

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [matched] = pattern.exec(text) ?? [];
    if (matched !== undefined) at += matched.length;
    return matched;
  };

  const isNext = (character: string): boolean => {
    match(BLANKS);
    if (text[at] !== character) return false;
    at++;
    return true;
  };

  const parseString = (): string => {
    match(BLANKS);
    return JSON.parse(match(STRING) ?? fail('a string')) as string;
  };

  const parseObject = (depth: number): JsonObject => {
    const fields = new Map<string, JsonValue>();
    if (isNext('}')) return fields;
    do {
      const key = parseString();
      if (fields.has(key)) fail(`a name other than ${JSON.stringify(key)}, which was there before,`);
      if (!isNext(':')) fail('":"');
      fields.set(key, parseValue(depth + 1));
    } while (isNext(','));
    if (!isNext('}')) fail('"," or "}"');
    return fields;
  };

  const parseArray = (depth: number): JsonValue[] => {
    const items: JsonValue[] = [];
    if (isNext(']')) return items;
    do items.push(parseValue(depth + 1));
    while (isNext(','));
    if (!isNext(']')) fail('"," or "]"');
    return items;
  };

  const parseValue = (depth: number): JsonValue => {
    if (depth > MAX_TEXT_DEPTH) fail(`at most ${String(MAX_TEXT_DEPTH)} levels`);
    if (isNext('{')) return parseObject(depth);
    if (isNext('[')) return parseArray(depth);
    if (text[at] === '"') return parseString();
    for (const [word, value] of WORDS) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return value;
      }
    }
    return { source: match(NUMBER) ?? fail('a value') };
  };

  const value = parseValue(0);
  match(BLANKS);
  if (at !== text.length) fail('the end of the text');
  return value;
};

const WORDS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject => value instanceof Map;

export const isJsonNumber = (value: JsonValue | undefined): value is JsonNumber =>
  typeof value === 'object' && value !== null && 'source' in value;
