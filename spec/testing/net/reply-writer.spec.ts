import { describe, expect, it } from '@jest/globals';
import { Binary, deserialize, Double, Int32, Long, ObjectId, Timestamp } from 'bson';
import { crc32c } from '../../../lib/testing/net/crc32c.js';
import { RawDocument } from '../../../lib/testing/net/raw-document.js';
import { encodeReply } from '../../../lib/testing/net/reply-writer.js';
import { DateTime } from '../../../lib/testing/query/value.js';

const FRAME = { requestId: 7, responseTo: 5, legacy: false, moreToCome: false, checksum: false };

const bodyOf = (message: Buffer): Record<string, unknown> =>
  deserialize(message.subarray(21), { promoteValues: false, allowObjectSmallerThanBufferSize: true });

describe('encodeReply', () => {
  it('keeps the numeric types that a command chose', () => {
    const body = bodyOf(
      encodeReply(
        {
          small: 5,
          large: 2 ** 40,
          fraction: 0.5,
          negativeZero: -0,
          bigint: 1n,
          long: Long.fromNumber(2),
          int: new Int32(3),
          double: new Double(1),
        },
        FRAME,
      ),
    );
    expect(body).toEqual({
      small: new Int32(5),
      large: Long.fromNumber(2 ** 40),
      fraction: new Double(0.5),
      negativeZero: new Double(-0),
      bigint: Long.fromNumber(1),
      long: Long.fromNumber(2),
      int: new Int32(3),
      double: new Double(1),
    });
  });

  it('writes values of every other kind, nested and in arrays, and leaves undefined fields out', () => {
    const id = new ObjectId();
    const body = bodyOf(
      encodeReply(
        {
          text: 'äöü€',
          none: null,
          missing: undefined,
          yes: true,
          id,
          time: new Timestamp({ t: 4, i: 2 }),
          when: new Date(5),
          stored: new DateTime(6n),
          bytes: new Binary(Buffer.from([1, 2])),
          nested: { list: [1, { a: 'x' }, new Map([['10', 1]])] },
        },
        FRAME,
      ),
    );
    expect(body).toEqual({
      text: 'äöü€',
      none: null,
      yes: true,
      id,
      time: new Timestamp({ t: 4, i: 2 }),
      when: new Date(5),
      stored: new Date(6),
      bytes: new Binary(Buffer.from([1, 2])),
      nested: { list: [new Int32(1), { a: 'x' }, { '10': new Int32(1) }] },
    });
  });

  it('splices raw documents in byte for byte', () => {
    // A repeated key, which no decoded form would keep.
    const raw = Buffer.from('13000000106100010000001061000200000000', 'hex');
    const message = encodeReply(
      { cursor: { firstBatch: [new RawDocument(raw), new RawDocument(raw)] } },
      FRAME,
    );
    const first = message.indexOf(raw);
    expect(first).toBeGreaterThan(21);
    expect(message.indexOf(raw, first + raw.length)).toBeGreaterThan(first);
  });

  it('frames OP_MSG with flags, ids and a checksum that is right', () => {
    const message = encodeReply({ ok: 1 }, { ...FRAME, moreToCome: true, checksum: true });
    expect(message.readInt32LE(0)).toBe(message.length);
    expect(message.readInt32LE(4)).toBe(7);
    expect(message.readInt32LE(8)).toBe(5);
    expect(message.readInt32LE(12)).toBe(2013);
    expect(message.readUInt32LE(16)).toBe(3);
    expect(message.readUInt32LE(message.length - 4)).toBe(crc32c(message.subarray(0, -4)));
  });

  it('frames OP_REPLY with one document for legacy requests', () => {
    const message = encodeReply({ ok: 1 }, { ...FRAME, legacy: true });
    expect(message.readInt32LE(12)).toBe(1);
    expect(message.readInt32LE(32)).toBe(1);
    expect(deserialize(message.subarray(36))).toEqual({ ok: 1 });
  });

  it('takes replies that are larger than what it keeps in memory', () => {
    const text = 'x'.repeat(3_000_000);
    expect(bodyOf(encodeReply({ text }, FRAME))).toEqual({ text });
    expect(bodyOf(encodeReply({ small: 'y' }, FRAME))).toEqual({ small: 'y' });
  });
});
