import { describe, expect, it } from '@jest/globals';
import { Decimal128, Long, ObjectId, Timestamp } from 'bson';
import { InvalidBSON } from '../../lib/core/errors/bson.js';
import { ProtocolError } from '../../lib/core/errors/connection.js';
import { crc32c } from '../../lib/wire/crc32c.js';
import { FrameReader } from '../../lib/wire/frame-reader.js';
import { OpCode } from '../../lib/wire/message-header.js';
import { readReply } from '../../lib/wire/read-reply.js';
import { mutate } from '../support/mutate.js';
import { encodeReply } from '../support/scripted-server-message.js';
import { seededRandom } from '../support/seeded-random.js';

const CASES = 10_000;
const request = { header: { length: 0, requestId: 9, responseTo: 0, opCode: 2013 } };
const legacy = { header: { length: 0, requestId: 9, responseTo: 0, opCode: 2004 } };

const document = {
  cursor: {
    id: Long.fromNumber(7),
    ns: 'a.b',
    firstBatch: [{ _id: new ObjectId(), text: 'x', at: new Date() }, { _id: 2 }],
  },
  operationTime: Timestamp.fromBits(1, 2),
  price: Decimal128.fromString('1.5'),
  pattern: /a/i,
  nested: { list: [1, 2.5, null, true, Buffer.from('abc')] },
  errorLabels: ['A'],
  ok: 1,
};

const SAMPLES = [
  encodeReply(request, { ok: 1 }),
  encodeReply(request, document),
  encodeReply(request, document, { moreToCome: true }),
  encodeReply(request, document, { checksum: crc32c }),
  encodeReply(legacy, document),
];

/** Uses everything of a reply that the driver uses. */
const readAll = (frame: Uint8Array): void => {
  const reply = readReply(frame, frame[12] === OpCode.reply);
  reply.get('operationTime');
  reply.getNumber('ok');
  reply.getString('errmsg');
  reply.getDocumentBytes('cursor');
  reply.get('errorLabels');
  const batch = reply.cursorBatch('firstBatch');
  while (batch !== undefined && batch.remaining > 0) batch.next();
  reply.decode();
};

const isExpected = (error: unknown): boolean =>
  error instanceof ProtocolError || error instanceof InvalidBSON;

describe('10,000 damaged messages', () => {
  it('are read or refused with ProtocolError or InvalidBSON, in frames of any split', () => {
    const random = seededRandom(20_260_721);
    let read = 0;
    let refused = 0;
    for (let index = 0; index < CASES; index++) {
      const bytes = mutate(random.pick(SAMPLES), random);
      const frames: Uint8Array[] = [];
      const reader = new FrameReader((frame) => frames.push(frame), 1_000_000);
      try {
        for (let at = 0; at < bytes.length;) {
          const size = 1 + random.integer(64);
          reader.push(bytes.subarray(at, at + size));
          at += size;
        }
        for (const frame of frames) readAll(frame);
        read += 1;
      } catch (error) {
        if (!isExpected(error))
          throw new Error(`case ${String(index)}: ${bytes.toString('hex')}`, { cause: error });
        refused += 1;
      }
    }
    expect(read).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
  });

  it('whose frame is whole are read or refused in the same way', () => {
    const random = seededRandom(4_711);
    let refused = 0;
    for (let index = 0; index < CASES; index++) {
      const sample = random.pick(SAMPLES);
      const payload = mutate(sample.subarray(16), random);
      const frame = Buffer.concat([sample.subarray(0, 16), payload]);
      frame.writeInt32LE(frame.length, 0);
      try {
        readAll(frame);
      } catch (error) {
        if (!isExpected(error))
          throw new Error(`case ${String(index)}: ${frame.toString('hex')}`, { cause: error });
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});
