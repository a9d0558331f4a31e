import { describe, expect, it } from '@jest/globals';
import { BSON } from 'bson';
import { RawBSONDocument } from '../../lib/bson/raw-document.js';
import { BsonWriter } from '../../lib/bson/writer.js';
import { InvalidDocument } from '../../lib/core/errors/bson.js';
import type { Command, CommandLimits, DocumentSequence } from '../../lib/wire/command.js';
import { crc32c } from '../../lib/wire/crc32c.js';
import { encodeLegacyHello } from '../../lib/wire/legacy-hello.js';
import { encodeCommand, type EncodeCommandOptions } from '../../lib/wire/op-msg.js';
import { decodeRequest, type DecodedRequest } from '../support/scripted-server-message.js';

const limits: CommandLimits = {
  maxBsonObjectSize: 16 * 1024 * 1024,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  maxWireVersion: 25,
};

const encode = (
  command: Command,
  options: Partial<EncodeCommandOptions> = {},
): { readonly message: DecodedRequest; readonly documents: number } => {
  const writer = new BsonWriter();
  const documents = encodeCommand(writer, 77, command, { limits, ...options });
  return { message: decodeRequest(Buffer.from(writer.take())), documents };
};

const insert = (documents: readonly unknown[], sequence: Partial<DocumentSequence> = {}): Command => ({
  name: 'insert',
  database: 'shop',
  body: { insert: 'orders', ordered: true },
  sequence: { identifier: 'documents', documents, start: 0, end: documents.length, ...sequence },
});

describe('encodeCommand', () => {
  it('writes header, flags and a body that ends with $db', () => {
    const body = { find: 'orders', filter: { a: 1 } };
    const { message } = encode({ name: 'find', database: 'shöp', body });
    expect(message.header).toEqual({
      length: message.bytes.length,
      requestId: 77,
      responseTo: 0,
      opCode: 2013,
    });
    expect(message.flags).toBe(0);
    expect(message.body).toEqual({ find: 'orders', filter: { a: 1 }, $db: 'shöp' });
    expect(Object.keys(message.body).at(-1)).toBe('$db');
    expect(body).toEqual({ find: 'orders', filter: { a: 1 } });
  });

  it('writes what is sent besides behind the body, which stays as it is', () => {
    const lsid = { id: new BSON.UUID('7c8a2f3e-0b5d-4f7a-9c11-2d3e4f5a6b7c') };
    const session = { lsid, lsidElement: BSON.serialize({ lsid }).subarray(4, -1) };
    const body = { ping: 1 };
    const command: Command = { name: 'ping', database: 'd', body };
    const additions = { session, txnNumber: 2n ** 40n, maxTimeMS: 59_999 };
    const { message } = encode(command, { additions });
    expect(Object.keys(message.body)).toEqual(['ping', 'lsid', 'txnNumber', 'maxTimeMS', '$db']);
    expect(message.body).toMatchObject({ txnNumber: 2 ** 40, maxTimeMS: 59_999 });
    expect((message.body['lsid'].id as BSON.Binary).toUUID().equals(lsid.id)).toBe(true);
    expect(body).toEqual({ ping: 1 });
    expect(encode(command, { additions: { session: undefined } }).message.body).toEqual({
      ping: 1,
      $db: 'd',
    });
  });

  it('counts what is sent besides towards the size that a server takes', () => {
    const command: Command = { name: 'ping', database: 'd', body: { ping: 1 } };
    const lsidElement = new Uint8Array(20_000);
    const small = { ...limits, maxBsonObjectSize: 0 };
    expect(() =>
      encode(command, { limits: small, additions: { session: { lsid: {}, lsidElement } } }),
    ).toThrow(InvalidDocument);
  });

  it('sends ordered and raw documents as bodies', () => {
    const ordered = new Map<string, unknown>([
      ['ping', 1],
      ['2', 'b'],
      ['1', 'a'],
    ]);
    const raw = new RawBSONDocument(BSON.serialize({ ping: 1, x: 2 }));
    expect(encode({ name: 'ping', database: 'd', body: ordered as never }).message.body).toEqual({
      ping: 1,
      1: 'a',
      2: 'b',
      $db: 'd',
    });
    expect(encode({ name: 'ping', database: 'd', body: raw as never }).message.body).toEqual({
      ping: 1,
      x: 2,
      $db: 'd',
    });
  });

  it('sets the flag bits that are asked for', () => {
    const command: Command = { name: 'hello', database: 'admin', body: { hello: 1 } };
    expect(encode(command, { moreToCome: true }).message.flags).toBe(2);
    expect(encode(command, { exhaustAllowed: true }).message.flags).toBe(1 << 16);
    expect(encode(command, { checksum: true, moreToCome: true }).message.flags).toBe(3);
  });

  it('appends a checksum over everything before it', () => {
    const { message } = encode(insert([{ a: 1 }]), { checksum: true });
    expect(message.checksumPresent).toBe(true);
    expect(message.header.length).toBe(message.bytes.length);
    expect(message.bytes.readUInt32LE(message.bytes.length - 4)).toBe(crc32c(message.bytes.subarray(0, -4)));
    expect(message.sequences['documents']).toEqual([{ a: 1 }]);
  });

  it('writes documents as a section of their own, with given ids first', () => {
    const { message, documents } = encode(
      insert([{ a: 1 }, { _id: 'mine', a: 2 }], { ids: ['one', 'mine'] }),
    );
    expect(documents).toBe(2);
    expect(message.body).toEqual({ insert: 'orders', ordered: true, $db: 'shop' });
    expect(message.sequences['documents']).toEqual([
      { _id: 'one', a: 1 },
      { _id: 'mine', a: 2 },
    ]);
    expect(Object.keys(message.sequences['documents']![1]!)).toEqual(['_id', 'a']);
  });

  it('starts and ends where the sequence says', () => {
    const { message, documents } = encode(
      insert(
        [1, 2, 3, 4, 5].map((n) => ({ n })),
        { start: 1, end: 4 },
      ),
    );
    expect(documents).toBe(3);
    expect(message.sequences['documents']).toEqual([{ n: 2 }, { n: 3 }, { n: 4 }]);
  });

  it('stops at the number of documents that the server takes', () => {
    const many = Array.from({ length: 10 }, (_, n) => ({ n }));
    const { message, documents } = encode(insert(many, { start: 2 }), {
      limits: { ...limits, maxWriteBatchSize: 3 },
    });
    expect(documents).toBe(3);
    expect(message.sequences['documents']).toEqual([{ n: 2 }, { n: 3 }, { n: 4 }]);
  });

  it.each([false, true])(
    'stops at exactly the message size that the server takes (checksum: %s)',
    (checksum) => {
      const text = 'x'.repeat(100);
      const many = Array.from({ length: 10 }, () => ({ text }));
      const whole = encode(insert(many), { checksum }).message.bytes.length;
      const exact = encode(insert(many), { checksum, limits: { ...limits, maxMessageSizeBytes: whole } });
      expect(exact.documents).toBe(10);
      const smaller = encode(insert(many), {
        checksum,
        limits: { ...limits, maxMessageSizeBytes: whole - 1 },
      });
      expect(smaller.documents).toBe(9);
      expect(smaller.message.sequences['documents']).toHaveLength(9);
      expect(smaller.message.bytes.length).toBeLessThan(whole);
    },
  );

  it('names index and size of a document that is too large', () => {
    const writer = new BsonWriter();
    const large = { text: 'x'.repeat(2000) };
    const tooLarge = (): number =>
      encodeCommand(writer, 1, insert([{}, large]), { limits: { ...limits, maxBsonObjectSize: 1024 } });
    expect(tooLarge).toThrow(InvalidDocument);
    expect(tooLarge).toThrow(/documents\.1: the document of 2016 bytes .*1024/);
  });

  it('gives statements of updates and deletes the room of a command', () => {
    const size = 1024 + 8 * 1024;
    const command: Command = {
      name: 'update',
      database: 'd',
      body: { update: 'c' },
      sequence: {
        identifier: 'updates',
        documents: [{ q: {}, u: { text: 'x'.repeat(size) } }],
        start: 0,
        end: 1,
      },
    };
    expect(encode(command, { limits: { ...limits, maxBsonObjectSize: 1024 } }).documents).toBe(1);
  });

  it('refuses a command document that the server would not take', () => {
    const body = { find: 'c', filter: { text: 'x'.repeat(20_000) } };
    expect(() =>
      encode({ name: 'find', database: 'd', body }, { limits: { ...limits, maxBsonObjectSize: 1024 } }),
    ).toThrow(/command find is a document of 200\d\d bytes/);
  });

  it('names the place of a value that cannot be encoded', () => {
    expect(() => encode(insert([{ ok: 1 }, { a: { b: () => undefined } }]))).toThrow(/documents\.1\.a\.b/);
  });

  it('writes behind what is already in the writer', () => {
    const writer = new BsonWriter();
    encodeCommand(writer, 1, insert([{ a: 1 }]), { limits });
    const first = Buffer.from(writer.take());
    encodeCommand(writer, 2, insert([{ b: 2 }]), { limits });
    const second = decodeRequest(Buffer.from(writer.take().subarray(first.length)));
    expect(second.header.requestId).toBe(2);
    expect(second.sequences['documents']).toEqual([{ b: 2 }]);
  });
});

describe('encodeLegacyHello', () => {
  it('writes an OP_QUERY on admin.$cmd', () => {
    const writer = new BsonWriter();
    encodeLegacyHello(writer, 5, { isMaster: 1, helloOk: true });
    const message = decodeRequest(Buffer.from(writer.take()));
    expect(message.opCode).toBe('OP_QUERY');
    expect(message.header).toMatchObject({ length: message.bytes.length, requestId: 5, responseTo: 0 });
    expect(message.database).toBe('admin');
    expect(message.body).toEqual({ isMaster: 1, helloOk: true });
  });
});
