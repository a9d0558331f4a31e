import type { EncodeContext } from './encode-context.js';
import { NO_ENTRY, offerEntry } from './key-entries.js';

/** Room that a header leaves behind the key: no value of fixed size is longer. */
const FIXED_VALUE_ROOM = 32;
/** Below this length copying character by character costs less than a call into native code. */
const SHORT_TEXT = 20;
/** Above this length the exact size is computed first, instead of making room for the worst case. */
const LONG_TEXT = 65_536;

interface NativeText {
  isWellFormed(): boolean;
}

/** `utf8Write` is `write(…, 'utf8')` without its dispatch; not in Node's types. */
type NativeBuffer = Buffer & {
  utf8Write(text: string, at: number): number;
};

/** Writes the type byte and the key of the element that the context is at, and leaves room for a value of fixed size. */
export const writeHeader = (context: EncodeContext, type: number): void => {
  const { writer, entry, index } = context;
  if (index >= 0) {
    writeIndexHeader(context, type, index);
  } else if (entry === NO_ENTRY) {
    writeUnknownKey(context, type, context.key);
  } else {
    const { words, size } = entry;
    writer.ensure(size + FIXED_VALUE_ROOM);
    const { view, position } = writer;
    view.setUint8(position, type);
    for (let word = 0; word < words.length; word++) {
      view.setInt32(position + 1 + word * 4, words[word] as number, true);
    }
    writer.position = position + 1 + size;
  }
};

const writeUnknownKey = (context: EncodeContext, type: number, key: string): void => {
  const { writer } = context;
  if (key.includes('\0')) {
    context.key = key.replaceAll('\0', '\\0');
    context.fail('a key must not contain a null character');
  }
  if (!(key as unknown as NativeText).isWellFormed()) {
    context.fail('the key contains a lone surrogate, which has no UTF-8 form');
  }
  writer.writeByte(type);
  writer.writeCString(key);
  writer.ensure(FIXED_VALUE_ROOM);
  offerEntry(key);
};

/** The key of an array's element is its index in decimal. */
const writeIndexHeader = (context: EncodeContext, type: number, index: number): void => {
  const { writer } = context;
  writer.ensure(FIXED_VALUE_ROOM + 11);
  const { buffer } = writer;
  let at = writer.position;
  buffer[at++] = type;
  if (index >= 10) {
    let divisor = 10;
    while (index >= divisor * 10) divisor *= 10;
    for (; divisor >= 10; divisor /= 10) buffer[at++] = 0x30 + (Math.floor(index / divisor) % 10);
  }
  buffer[at++] = 0x30 + (index % 10);
  buffer[at++] = 0;
  writer.position = at;
};

/** Writes the value of a string element: length, UTF-8, zero. */
export const writeString = (context: EncodeContext, text: string): void => {
  const { writer } = context;
  const { length } = text;
  writer.ensure((length > LONG_TEXT ? Buffer.byteLength(text) : length * 3) + 5);
  const { buffer } = writer;
  const start = writer.position;
  let at = start + 4;
  if (length < SHORT_TEXT) {
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) {
        at = -1;
        break;
      }
      buffer[at++] = unit;
    }
  } else {
    at = -1;
  }
  if (at === -1) {
    const size = (buffer as NativeBuffer).utf8Write(text, start + 4);
    if (size !== length && !(text as unknown as NativeText).isWellFormed()) {
      context.fail('the string contains a lone surrogate, which has no UTF-8 form');
    }
    at = start + 4 + size;
  }
  buffer[at++] = 0;
  writer.view.setInt32(start, at - start - 4, true);
  writer.position = at;
};

/** A regular expression's parts are zero-terminated. */
export const writePatternPart = (context: EncodeContext, text: string): void => {
  if (text.includes('\0')) context.fail('a regular expression must not contain a null character');
  if (!(text as unknown as NativeText).isWellFormed()) {
    context.fail('the regular expression contains a lone surrogate, which has no UTF-8 form');
  }
  context.writer.writeCString(text);
};

/** Writes a whole number of milliseconds, which a `Date` keeps far below 2^63, without making a bigint of it. */
export const writeTime = (context: EncodeContext, time: number): void => {
  const { writer } = context;
  const high = Math.floor(time / 0x1_0000_0000);
  writer.view.setInt32(writer.position, time - high * 0x1_0000_0000, true);
  writer.view.setInt32(writer.position + 4, high, true);
  writer.position += 8;
};
