import { describe, expect, it } from '@jest/globals';
import { FrameReader } from '../../../lib/testing/net/frame-reader.js';
import { fc } from '../../support/property.js';

const frame = (size: number, fill: number): Buffer => {
  const bytes = Buffer.alloc(size, fill);
  bytes.writeInt32LE(size, 0);
  return bytes;
};

describe('FrameReader of the deployment', () => {
  it('finds the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 16, max: 400 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 }),
        (sizes, cuts) => {
          const sent = sizes.map((size, index) => frame(size, index + 1));
          const stream = Buffer.concat(sent);
          const received: Buffer[] = [];
          const reader = new FrameReader((bytes) => received.push(bytes));
          const chunk = Buffer.alloc(64);
          for (let at = 0, turn = 0; at < stream.length; turn += 1) {
            const size = cuts[turn % cuts.length] ?? 1;
            // The chunk is only lent: what the reader keeps must be a copy.
            const taken = stream.copy(chunk, 0, at, at + size);
            reader.push(chunk.subarray(0, taken));
            chunk.fill(0xff);
            at += taken;
          }
          expect(received).toEqual(sent);
        },
      ),
    );
  });

  it.each([0, 15, -1, 48_000_001, 0x7fffffff])(
    'refuses a length of %d before taking memory for it',
    (length) => {
      const header = Buffer.alloc(16);
      header.writeInt32LE(length, 0);
      const reader = new FrameReader(() => undefined);
      expect(() => reader.push(header)).toThrow(RangeError);
    },
  );
});
