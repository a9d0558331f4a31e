import { InvalidBSON } from '../core/errors/bson.js';
import type { UnicodeDecodeErrorHandler } from './codec-options.js';

const REPLACEMENT = '\ufffd';
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
const isWellFormed = (bytes: Uint8Array): boolean => {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
};

/** Decodes UTF-8; bytes that are none are an error, or treated as the handler says. */
export const decodeUtf8 = (
  bytes: Buffer,
  start: number,
  end: number,
  handler: UnicodeDecodeErrorHandler,
): string => {
  const text = bytes.toString('utf8', start, end);
  // The platform puts U+FFFD in place of bad bytes. Without one there were none; with one, it may have been stored.
  if (!text.includes(REPLACEMENT) || handler === 'replace') return text;
  if (isWellFormed(bytes.subarray(start, end))) return text;
  if (handler === 'strict') throw new InvalidBSON('invalid UTF-8', { offset: firstFault(bytes, start, end) });
  return decodeLeniently(bytes, start, end, BAD_BYTE[handler]);
};

const BAD_BYTE = {
  ignore: () => '',
  backslashreplace: (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`,
  surrogateescape: (byte: number) => String.fromCharCode(0xdc00 + byte),
} as const;

/** How many bytes the character at a position takes, or 0 where none is well-formed there. */
const sequenceLength = (bytes: Uint8Array, at: number, end: number): number => {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return at + length <= end && isWellFormed(bytes.subarray(at, at + length)) ? length : 0;
};

const firstFault = (bytes: Uint8Array, start: number, end: number): number => {
  let at = start;
  for (let length = 1; at < end && length > 0; at += length) length = sequenceLength(bytes, at, end);
  return at;
};

const decodeLeniently = (
  bytes: Buffer,
  start: number,
  end: number,
  badByte: (byte: number) => string,
): string => {
  let text = '';
  for (let at = start; at < end;) {
    const length = sequenceLength(bytes, at, end);
    text += length === 0 ? badByte(bytes[at] ?? 0) : bytes.toString('utf8', at, at + length);
    at += Math.max(1, length);
  }
  return text;
};
