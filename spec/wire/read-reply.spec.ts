import { describe, expect, it } from '@jest/globals';
import { BSON, Long, ObjectId, Timestamp } from 'bson';
import { ProtocolError } from '../../lib/core/errors/connection.js';
import { crc32c } from '../../lib/wire/crc32c.js';
import { readReply } from '../../lib/wire/read-reply.js';
import { encodeReply } from '../support/scripted-server-message.js';

const request = { header: { length: 0, requestId: 9, responseTo: 0, opCode: 2013 } };
const legacyRequest = { header: { ...request.header, opCode: 2004 } };

describe('readReply', () => {
  it('reads the fields of the header and the flags', () => {
    const reply = readReply(encodeReply(request, { ok: 1 }, { requestId: 44, moreToCome: true }));
    expect(reply).toMatchObject({ requestId: 44, responseTo: 9, moreToCome: true, ok: true });
    expect(readReply(encodeReply(request, { ok: 1 })).moreToCome).toBe(false);
  });

  it('reads the OP_REPLY to a legacy hello', () => {
    const reply = readReply(encodeReply(legacyRequest, { ismaster: true, ok: 1 }), true);
    expect(reply.decode()).toEqual({ ismaster: true, ok: 1 });
  });

  it('verifies a checksum where there is one', () => {
    const good = encodeReply(request, { ok: 1 }, { checksum: crc32c });
    expect(readReply(good).ok).toBe(true);
    const damaged = Buffer.from(good);
    damaged[25]! ^= 1;
    expect(() => readReply(damaged)).toThrow(/checksum/);
  });

  it('finds the body behind other sections', () => {
    const whole = encodeReply(request, { ok: 1, a: 1 });
    const extra = Buffer.concat([Buffer.of(1, 0, 0, 0, 0), Buffer.from('x\0'), BSON.serialize({ b: 1 })]);
    extra.writeInt32LE(extra.length - 1, 1);
    const message = Buffer.concat([whole.subarray(0, 20), extra, whole.subarray(20)]);
    message.writeInt32LE(message.length, 0);
    expect(readReply(message).decode()).toEqual({ ok: 1, a: 1 });
  });

  const damaged: Record<string, Buffer> = {
    'another opcode': encodeReply(request, { ok: 1 }, { opCode: 2012 }),
    'an unknown required flag bit': (() => {
      const message = encodeReply(request, { ok: 1 });
      message.writeUInt32LE(4, 16);
      return message;
    })(),
    'an unknown kind of section': (() => {
      const message = encodeReply(request, { ok: 1 });
      message[20] = 9;
      return message;
    })(),
    'no body': encodeReply(request, {}).subarray(0, 20),
    'two bodies': (() => {
      const whole = encodeReply(request, { ok: 1 });
      return Buffer.concat([whole, whole.subarray(20)]);
    })(),
    'a body longer than the message': (() => {
      const message = encodeReply(request, { ok: 1 });
      message.writeInt32LE(message.length, 21);
      return message;
    })(),
    'a body of negative length': (() => {
      const message = encodeReply(request, { ok: 1 });
      message.writeInt32LE(-5, 21);
      return message;
    })(),
    'a document that is not BSON': encodeReply(
      request,
      {},
      { documentBytes: Buffer.from([12, 0, 0, 0, 0x99, 65, 0, 1, 2, 3, 4, 0]) },
    ),
    'a document without its final zero': (() => {
      const message = encodeReply(request, { ok: 1 });
      message[message.length - 1] = 1;
      return message;
    })(),
    'an element beyond the end': encodeReply(
      request,
      {},
      { documentBytes: Buffer.from([10, 0, 0, 0, 0x01, 65, 0, 0, 0, 0]) },
    ),
    'an OP_REPLY of no documents': (() => {
      const message = encodeReply(legacyRequest, { ok: 1 });
      message.writeInt32LE(0, 32);
      return message;
    })(),
    'a short OP_REPLY': encodeReply(legacyRequest, { ok: 1 }).subarray(0, 30),
  };
  it.each(Object.entries(damaged))('refuses a message with %s', (name, message) => {
    expect(() => readReply(message, name.includes('OP_REPLY'))).toThrow(ProtocolError);
  });

  it('refuses an OP_REPLY to an OP_MSG, and an OP_MSG to an OP_QUERY', () => {
    expect(() => readReply(encodeReply(legacyRequest, { ok: 1 }), false)).toThrow(ProtocolError);
    expect(() => readReply(encodeReply(request, { ok: 1 }), true)).toThrow(ProtocolError);
  });
});

describe('Reply', () => {
  const id = new ObjectId();
  const reply = readReply(
    encodeReply(request, {
      cursor: {
        id: Long.fromString('9007199254740993'),
        ns: 'a.b',
        firstBatch: [{ _id: 1 }, { _id: 2, tags: ['x'] }],
      },
      n: 3,
      big: Long.fromNumber(2 ** 40),
      rate: 0.5,
      errmsg: 'nö',
      errorLabels: ['A', 'B'],
      processId: id,
      operationTime: Timestamp.fromBits(1, 2),
      nothing: null,
      ok: 1,
    }),
  );

  it('reads single fields without decoding the document', () => {
    expect(reply.getNumber('n')).toBe(3);
    expect(reply.getNumber('big')).toBe(2 ** 40);
    expect(reply.getNumber('rate')).toBe(0.5);
    expect(reply.getNumber('errmsg')).toBeUndefined();
    expect(reply.getString('errmsg')).toBe('nö');
    expect(reply.getString('n')).toBeUndefined();
    expect(reply.get('errorLabels')).toEqual(['A', 'B']);
    expect(String(reply.get('processId'))).toBe(id.toHexString());
    expect(reply.get('nothing')).toBeNull();
    expect(reply.has('nothing')).toBe(true);
    expect(reply.get('absent')).toBeUndefined();
    expect(reply.has('absent')).toBe(false);
    expect(reply.has('curso')).toBe(false);
  });

  it('lends the bytes of embedded documents', () => {
    const bytes = reply.getDocumentBytes('cursor')!;
    expect(BSON.deserialize(bytes)['ns']).toBe('a.b');
    expect(bytes.buffer).toBe(reply.bytes.buffer);
    expect(reply.getDocumentBytes('n')).toBeUndefined();
    expect(reply.getDocumentBytes('absent')).toBeUndefined();
  });

  it('walks the batch of a cursor', () => {
    const batch = reply.cursorBatch('firstBatch')!;
    expect(batch.remaining).toBe(2);
    expect([batch.next(), batch.next(), batch.next()]).toEqual([
      { _id: 1 },
      { _id: 2, tags: ['x'] },
      undefined,
    ]);
    expect(reply.cursorBatch('nextBatch')).toBeUndefined();
    expect(readReply(encodeReply(request, { ok: 1 })).cursorBatch('firstBatch')).toBeUndefined();
  });

  it.each([
    [{ ok: 1 }, true],
    [{ ok: 1.5 }, false],
    [{ ok: Long.ONE }, true],
    [{ ok: true }, true],
    [{ ok: 0 }, false],
    [{ ok: 0.0, code: 18 }, false],
    [{ ok: 'yes' }, false],
    [{}, false],
  ])('%j is ok: %s', (document, expected) => {
    expect(readReply(encodeReply(request, document)).ok).toBe(expected);
  });

  it('counts the double 1.0 as ok', () => {
    expect(readReply(encodeReply(request, { ok: new BSON.Double(1) })).ok).toBe(true);
    expect(readReply(encodeReply(request, { ok: new BSON.Double(0) })).ok).toBe(false);
  });
});
