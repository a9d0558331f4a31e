import { describe, expect, it } from '@jest/globals';
import { BsonWriter } from '../../lib/bson/writer.js';

describe('BsonWriter', () => {
  it('writes little-endian values and grows as needed', () => {
    const writer = new BsonWriter(1);
    writer.writeByte(0xab);
    writer.writeInt32(-2);
    writer.writeInt64(-(2n ** 63n));
    writer.writeDouble(1.5);
    writer.writeBytes(Uint8Array.of(1, 2));
    writer.writeCString('ä');
    writer.setInt32(1, 7);
    expect(writer.take().toString('hex')).toBe(
      'ab' + '07000000' + '0000000000000080' + '000000000000f83f' + '0102' + 'c3a400',
    );
  });

  it('starts over after a reset', () => {
    const writer = new BsonWriter();
    writer.writeInt32(1);
    writer.reset();
    writer.writeByte(2);
    expect([...writer.take()]).toEqual([2]);
  });
});
