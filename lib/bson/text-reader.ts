import type { DecodePlan } from './decode-plan.js';
import type { Source } from './source.js';
import { decodeUtf8 } from './utf8.js';

/**
 * V8 copies a substring of less than 13 characters; a longer one refers to the whole text it was cut from, and would
 * keep it in memory. So only shorter ones are cut from the window, which costs a fifth of a call into native code.
 */
const LONGEST_CUT = 12;
const WINDOW_SIZE = 16_384;
/** The top bits of four bytes: set in bytes that are not ASCII. */
const HIGH_BITS = 0x80808080 | 0;

/** `latin1Slice` is `toString('latin1', …)` without its dispatch; not in Node's types. */
export type NativeBuffer = Buffer & {
  latin1Slice(start: number, end: number): string;
};

const isAscii = (source: Source, start: number, end: number): boolean => {
  const { view, bytes } = source;
  let at = start;
  let bits = 0;
  for (; at + 16 <= end; at += 16) {
    bits |=
      view.getInt32(at, true) |
      view.getInt32(at + 4, true) |
      view.getInt32(at + 8, true) |
      view.getInt32(at + 12, true);
  }
  for (; at + 4 <= end; at += 4) bits |= view.getInt32(at, true);
  for (; at < end; at++) bits |= bytes[at] as number;
  return (bits & HIGH_BITS) === 0;
};

const moveWindow = (source: Source, start: number): void => {
  const end = Math.min(source.bytes.length, start + WINDOW_SIZE);
  source.window = (source.bytes as NativeBuffer).latin1Slice(start, end);
  source.windowStart = start;
  source.windowEnd = end;
};

/** The text between two positions, both within the bytes. */
export const readText = (source: Source, plan: DecodePlan, start: number, end: number): string => {
  if (!isAscii(source, start, end)) {
    return decodeUtf8(source.bytes, start, end, plan.options.unicodeDecodeErrorHandler);
  }
  if (end - start > LONGEST_CUT) return (source.bytes as NativeBuffer).latin1Slice(start, end);
  if (start < source.windowStart || end > source.windowEnd) moveWindow(source, start);
  return source.window.substring(start - source.windowStart, end - source.windowStart);
};
