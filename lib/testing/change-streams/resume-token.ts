import { Timestamp } from 'bson';
import { CommandError } from '../command-error.js';
import { isDoc, type Doc, type Maybe } from '../query/value.js';

/**
 * A place in the log. `high-water` is the moment before all events of that time, `event` the one with that number,
 * `invalidate` the notification that follows it.
 */
export interface StreamPosition {
  readonly kind: 'high-water' | 'event' | 'invalidate';
  readonly time: Timestamp;
  /** Number of the operation in its log entry. */
  readonly operation: number;
  /** Number of the part of a split event; 0 for a whole one. */
  readonly fragment: number;
}

const KINDS = ['high-water', 'event', 'invalidate'] as const;

const hex = (value: number, digits: number): string =>
  (value >>> 0).toString(16).toUpperCase().padStart(digits, '0');

const FORM = /^82([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})0([0-2])([0-9A-F]{4})$/;

export const highWater = (time: Timestamp): StreamPosition => ({
  kind: 'high-water',
  time,
  operation: 0,
  fragment: 0,
});

/** `{_data}` as events and batches carry it: texts of tokens sort in the order of what they stand for. */
export const resumeToken = ({ kind, time, operation, fragment }: StreamPosition): Doc => {
  const place = hex(operation, 8) + hex(KINDS.indexOf(kind), 2) + hex(fragment, 4);
  return new Map([['_data', `82${hex(time.t, 8)}${hex(time.i, 8)}${place}`]]);
};

/** What a client's token stands for. */
export const readResumeToken = (token: Maybe): StreamPosition => {
  const data = isDoc(token) ? token.get('_data') : undefined;
  if (typeof data !== 'string') {
    throw new CommandError(
      40647,
      `Bad resume token: _data of missing or of wrong type. Expected string, got ${typeof data}`,
    );
  }
  const match = FORM.exec(data);
  if (match === null) {
    throw new CommandError(
      'InvalidResumeToken',
      `Invalid resume token: '${data}' was not made by this deployment`,
    );
  }
  const [t = 0, i = 0, operation = 0, kind = 0, fragment = 0] = match
    .slice(1)
    .map((text) => parseInt(text, 16));
  return { kind: KINDS[kind] ?? 'high-water', time: new Timestamp({ t, i }), operation, fragment };
};

/** Negative where `a` comes before `b`. */
export const comparePositions = (a: StreamPosition, b: StreamPosition): number =>
  a.time.compare(b.time) ||
  Number(a.kind !== 'high-water') - Number(b.kind !== 'high-water') ||
  a.operation - b.operation ||
  KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
  a.fragment - b.fragment;
