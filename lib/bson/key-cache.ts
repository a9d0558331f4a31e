import { InvalidBSON } from '../core/errors/bson.js';
import type { DecodePlan } from './decode-plan.js';
import type { Source } from './source.js';
import { decodeUtf8 } from './utf8.js';

/** Keys repeat from document to document: the last one of each hash is kept, so that its text is not made anew. */
const SLOTS = 2048;
const LONGEST = 48;

const cache: string[] = new Array<string>(SLOTS).fill('');

const isText = (bytes: Uint8Array, start: number, text: string): boolean => {
  for (let index = 0; index < text.length; index++) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
};

/** Reads a zero-terminated string that ends before `limit` and sets the position behind its zero. */
export const readKey = (source: Source, plan: DecodePlan, start: number, limit: number): string => {
  const { bytes } = source;
  let end = start;
  let hash = 0;
  let high = 0;
  for (let byte = bytes[end] as number; byte !== 0; byte = bytes[++end] as number) {
    if (end >= limit) throw new InvalidBSON('a key does not end within its document', { offset: start });
    hash = (hash * 31 + byte) | 0;
    high |= byte;
  }
  if (end >= limit) throw new InvalidBSON('a key does not end within its document', { offset: start });
  source.position = end + 1;
  const length = end - start;
  if (high >= 0x80 || length > LONGEST) {
    return decodeUtf8(bytes, start, end, plan.options.unicodeDecodeErrorHandler);
  }
  const slot = hash & (SLOTS - 1);
  const kept = cache[slot] as string;
  if (kept.length === length && isText(bytes, start, kept)) return kept;
  const text = bytes.toString('latin1', start, end);
  cache[slot] = text;
  return text;
};
