import { CommandError } from '../command-error.js';
import { sizeOfDoc } from '../query/bson-writer.js';
import type { Doc, Value } from '../query/value.js';
import { resumeToken, type StreamPosition } from './resume-token.js';

/** The most bytes an event may have: a document, and what a server adds for itself. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024 + 16 * 1024;

/** Bytes of `_id` and `splitEvent` of a fragment. */
const FRAME_BYTES = 256;

export interface Fragment {
  readonly position: StreamPosition;
  readonly doc: Doc;
}

const tooLarge = (size: number): CommandError =>
  new CommandError(
    'BSONObjectTooLarge',
    `BSONObj size: ${String(size)} is invalid. Size must be between 0 and 16793600(16MB)`,
  );

/** An event that must fit into one document. */
export const wholeEvent = (doc: Doc): Doc => {
  const size = sizeOfDoc(doc);
  if (size > MAX_EVENT_BYTES) throw tooLarge(size);
  return doc;
};

/**
 * The parts of an event that is too large for one document: each has some of its fields, the smaller ones first
 * (manual, "$changeStreamSplitLargeEvent"). An event that fits is left as it is.
 */
export const splitEvent = (doc: Doc, position: StreamPosition): readonly Fragment[] => {
  if (sizeOfDoc(doc) <= MAX_EVENT_BYTES) return [{ position, doc }];
  const fields = [...doc]
    .filter(([name]) => name !== '_id')
    .map(([name, value]) => ({ name, value, size: sizeOfDoc(new Map([[name, value]])) }))
    .sort((a, b) => a.size - b.size);
  const parts: Doc[] = [];
  let left = 0;
  for (const { name, value, size } of fields) {
    if (size + FRAME_BYTES > MAX_EVENT_BYTES) throw tooLarge(size);
    if (size > left) {
      parts.push(new Map());
      left = MAX_EVENT_BYTES - FRAME_BYTES;
    }
    parts.at(-1)?.set(name, value);
    left -= size;
  }
  return parts.map((part, index) => {
    const at = { ...position, fragment: index + 1 };
    const split = new Map([
      ['fragment', index + 1],
      ['of', parts.length],
    ]);
    return {
      position: at,
      doc: new Map<string, Value>([['_id', resumeToken(at)], ['splitEvent', split], ...part]),
    };
  });
};
