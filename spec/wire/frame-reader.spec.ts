import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../lib/core/errors/connection.js';
import { FrameReader } from '../../lib/wire/frame-reader.js';
import { fc } from '../support/property.js';

const LIMIT = 48_000_000;

const frameOf = (size: number, fill: number): Buffer => {
  const frame = Buffer.alloc(size, fill);
  frame.writeInt32LE(size, 0);
  return frame;
};

const collect = (limit = LIMIT): { readonly reader: FrameReader; readonly frames: Buffer[] } => {
  const frames: Buffer[] = [];
  return {
    reader: new FrameReader((frame) => frames.push(Buffer.from(frame)), limit),
    frames,
  };
};

describe('FrameReader', () => {
  it('gives the same frames however the stream is split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 17, max: 300 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }),
        (sizes, cuts) => {
          const sent = sizes.map((size, index) => frameOf(size, index + 1));
          const stream = Buffer.concat(sent);
          const { reader, frames } = collect();
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const size = cuts[turn % cuts.length]!;
            reader.push(stream.subarray(at, at + size));
            at += size;
          }
          expect(frames).toEqual(sent);
        },
      ),
    );
  });

  it('survives a stream that arrives byte by byte', () => {
    const sent = [frameOf(17, 1), frameOf(40, 2)];
    const { reader, frames } = collect();
    for (const byte of Buffer.concat(sent)) reader.push(Buffer.of(byte));
    expect(frames).toEqual(sent);
  });

  it('keeps nothing of a chunk: chunks are only lent', () => {
    const sent = frameOf(64, 7);
    const frames: Uint8Array[] = [];
    const reader = new FrameReader((frame) => frames.push(frame), LIMIT);
    const chunk = Buffer.from(sent);
    reader.push(chunk);
    chunk.fill(0xff);
    expect(frames).toEqual([sent]);
  });

  it.each([-1, 0, 4, 16, -2147483648, LIMIT + 1, 2147483647])('refuses a length of %d', (length) => {
    const { reader, frames } = collect();
    const header = Buffer.alloc(16);
    header.writeInt32LE(length, 0);
    expect(() => reader.push(header)).toThrow(ProtocolError);
    expect(frames).toEqual([]);
  });

  it('refuses such a length also where the stream is cut inside it', () => {
    const { reader } = collect(1000);
    reader.push(Buffer.of(0xe9, 0x03));
    expect(() => reader.push(Buffer.of(0, 0))).toThrow('1001 bytes');
  });

  it('allocates nothing before the length is checked', () => {
    const { reader } = collect();
    const header = Buffer.alloc(16);
    header.writeInt32LE(2_000_000_000, 0);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => reader.push(header)).toThrow(ProtocolError);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });
});
