import { afterEach, describe, expect, it } from '@jest/globals';
import {
  AutoReconnect,
  ConfigurationError,
  InvalidBSON,
  InvalidDocument,
  InvalidOperation,
  InvalidURI,
  ProtocolError,
  type BulkWriteResult,
  type Document,
} from '../../lib/index.js';
import { encodeReply } from '../support/scripted-server-message.js';
import { cursorReply, type Handler, type ScriptedRequest } from '../support/scripted-server.js';
import { startTamperingProxy, type Tampered } from '../support/tampering-proxy.js';
import {
  clientOf,
  closeAll,
  closeLater,
  rejectionOf,
  serverAndClient,
  startServer,
  warningsOf,
} from '../client/client-fixture.js';
import { isHello } from './requirements-fixture.js';

afterEach(closeAll);

const NO_RETRY = { retryReads: false, retryWrites: false } as const;

const counts = ({ sequences }: ScriptedRequest): Document => ({
  n: Object.values(sequences)[0]?.length ?? 0,
});

describe('arguments of the constructor', () => {
  it.each([
    ['mongodb://user:hunter2@h:99999', /99999/],
    ['mongodb://us/er:hunter2@h', /percent-encod|escape|encodeURIComponent/i],
    ['mongodb://user:hun@ter2@h', /percent-encod|escape|encodeURIComponent/i],
    ['mongodb://user:hunter2@', /host/i],
    ['mongo://user:hunter2@h', /mongodb:\/\//],
    ['mongodb://user:hunter2@h/a%24b', /\$/],
  ])('%s is refused with a pointer to the part, without the password', (uri, pointer) => {
    let error: unknown;
    try {
      clientOf(uri, { connect: false });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toMatch(pointer);
    expect(`${String(error)}${String((error as Error).stack)}`).not.toMatch(/hunter2|ter2/);
  });

  it('an unknown or mistyped option is named, with the close one', async () => {
    expect(() => clientOf('mongodb://h', { readPrefernce: 'nearest' } as any)).toThrow(/readPreference/);
    expect(() => clientOf('mongodb://h', { nothingLikeIt: 1 } as any)).toThrow(/nothingLikeIt/);
    expect(() => clientOf('mongodb://h', { maxPoolSize: '5' } as any)).toThrow(/maxPoolSize/);
    expect(() => clientOf('mongodb://h', { maxPoolSize: '5' } as any)).toThrow(TypeError);
    const [warning] = await warningsOf(() => clientOf('mongodb://h/?maxPolSize=5', { connect: false }));
    expect(warning).toContain('maxPolSize');
    expect(() => clientOf('mongodb://h/?w=-1', { connect: false })).toThrow(InvalidURI);
  });

  it('an unknown option of a call is no silent wish', async () => {
    const { server, client } = await serverAndClient({ script: { find: cursorReply('d.c', []) } });
    const collection = client.db('d').collection('c');
    expect(await rejectionOf(collection.findOne({}, { signal: 'x' } as any))).toBeInstanceOf(TypeError);
    expect(await rejectionOf(collection.findOne({}, { timeoutMS: -1 }))).toBeInstanceOf(Error);
    expect(await rejectionOf(collection.findOne({}, { session: {} } as any))).toBeInstanceOf(TypeError);
    expect(server.received('find')).toHaveLength(0);
  });
});

describe('documents over the limit', () => {
  it('are named by index and size, and the error tells what the earlier batches did', async () => {
    const { server, client } = await serverAndClient({
      hello: { maxBsonObjectSize: 1_000, maxWriteBatchSize: 4 },
      script: { insert: counts },
    });
    const collection = client.db('d').collection('c');
    const documents: Document[] = Array.from({ length: 12 }, (_, _id) => ({ _id }));
    documents[9] = { _id: 9, text: 'x'.repeat(5_000) };
    const error = (await rejectionOf(collection.insertMany(documents))) as Error & {
      result: BulkWriteResult;
    };
    expect(error).toBeInstanceOf(InvalidDocument);
    // int32 size, _id as int32 (9), text as string (1 + 5 + 4 + 5001), end.
    expect(error.message).toMatch(/\b9\b/);
    expect(error.message).toMatch(/\b5025\b/);
    expect(error.message).toMatch(/\b1000\b/);
    expect(error.result.insertedCount).toBe(8);
    expect(error.result.insertedIds).toEqual({ 0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7 });
    expect(server.received('insert')).toHaveLength(2);
    expect((await collection.insertOne({ x: 1 })).acknowledged).toBe(true);
    const connections = new Set(server.received('insert').map(({ connection }) => connection.id));
    expect(connections.size).toBe(1);
  });

  it('alone are refused before anything is sent', async () => {
    const { server, client } = await serverAndClient({
      hello: { maxBsonObjectSize: 1_000 },
      script: { insert: counts, update: counts, delete: counts, findAndModify: { value: null } },
    });
    const collection = client.db('d').collection('c');
    const text = 'x'.repeat(20_000);
    for (const call of [
      collection.insertOne({ text }),
      collection.replaceOne({}, { text }),
      collection.updateOne({}, { $set: { text } }),
      collection.deleteOne({ text }),
      collection.bulkWrite([{ insertOne: { document: { text } } }]),
    ]) {
      const error = await rejectionOf(call);
      expect(error).toBeInstanceOf(InvalidDocument);
      expect(String(error)).toMatch(/\b20\d\d\d\b/);
    }
    expect(
      server.requests.filter(({ opCode }) => opCode === 'OP_MSG').map(({ commandName }) => commandName),
    ).toEqual([]);
    await client.ping();
  });
});

describe('keys and values without a BSON form', () => {
  const cyclic: Document = { name: 'x' };
  cyclic['self'] = cyclic;
  class Money {
    amount = 1;
  }

  it.each<[string, Document, RegExp]>([
    ['an invalid date', { user: { bornAt: new Date(NaN) } }, /user\.bornAt/],
    ['a function', { a: [{ f: () => 1 }] }, /a(\.0|\[0\])\.f/],
    ['a symbol', { s: Symbol('s') }, /\bs\b/],
    ['a cycle', cyclic, /self/],
    ['an integer beyond 64 bits', { n: 2n ** 63n }, /\bn\b/],
    ['an integer below 64 bits', { n: -(2n ** 63n) - 1n }, /\bn\b/],
    ['a lone surrogate', { t: 'a\uD800b' }, /\bt\b/],
    ['an instance of a class', { price: new Money() }, /price/],
    ['a key with a zero byte', { 'a\0b': 1 }, /a/],
    ['a key with a lone surrogate', { 'a\uDC00': 1 }, /key/i],
  ])('%s is refused with its path, before sending', async (_what, document, path) => {
    const { server, client } = await serverAndClient({ script: { insert: counts } });
    const collection = client.db('d').collection('c');
    await client.ping();
    for (const call of [
      () => collection.insertOne({ ...document }),
      () => collection.insertMany([{ ...document }]),
    ]) {
      const error = await rejectionOf(call());
      expect(error).toBeInstanceOf(InvalidDocument);
      expect(String(error)).toMatch(path);
    }
    expect(server.received('insert')).toHaveLength(0);
    await collection.insertOne({ x: 1 });
    const [ping] = server.received('ping');
    expect(server.received('insert')[0]?.connection.id).toBe(ping?.connection.id);
  });

  it('after earlier batches, the error says what these did', async () => {
    const { client } = await serverAndClient({ hello: { maxWriteBatchSize: 2 }, script: { insert: counts } });
    const error = (await rejectionOf(
      client
        .db('d')
        .collection('c')
        .insertMany([{ _id: 0 }, { _id: 1 }, { _id: 2 }, { d: new Date(NaN) }]),
    )) as InvalidDocument & { result: BulkWriteResult };
    expect(error).toBeInstanceOf(InvalidDocument);
    expect(error.result.insertedCount).toBe(2);
    expect(error.path).toMatch(/\bd$/);
  });

  it('undefined in a filter is refused everywhere, in a document it is left out', async () => {
    const { server, client } = await serverAndClient({ script: { insert: counts } });
    const collection = client.db('d').collection('c');
    const filter = { account: { owner: undefined } };
    const update = { $set: { x: 1 } };
    for (const call of [
      () => collection.find(filter).toArray(),
      () => collection.findOne(filter),
      () => collection.deleteOne(filter),
      () => collection.deleteMany(filter),
      () => collection.updateOne(filter, update),
      () => collection.updateMany(filter, update),
      () => collection.replaceOne(filter, { x: 1 }),
      () => collection.findOneAndUpdate(filter, update),
      () => collection.findOneAndReplace(filter, { x: 1 }),
      () => collection.findOneAndDelete(filter),
      () => collection.countDocuments(filter),
      () => collection.count(filter),
      () => collection.distinct('x', filter),
      () => collection.bulkWrite([{ updateMany: { filter, update } }]),
      () => collection.bulkWrite([{ replaceOne: { filter, replacement: { x: 1 } } }]),
      () => collection.find({ $or: [{ a: 1 }, { b: undefined }] }).toArray(),
      () => collection.find(new Map([['a', undefined]])).toArray(),
    ]) {
      const error = await rejectionOf((async () => call())());
      expect(error).toBeInstanceOf(InvalidDocument);
      expect(String(error)).toMatch(/account\.owner|\$or(\.1|\[1\])\.b|\ba\b/);
    }
    expect(server.requests.filter(({ opCode }) => opCode === 'OP_MSG')).toHaveLength(0);
    await collection.insertOne({ a: undefined, b: [undefined], c: 1 });
    const [sent] = server.received('insert')[0]?.sequences['documents'] ?? [];
    expect(sent).toEqual({ _id: expect.anything(), b: [null], c: 1 });
  });
});

describe('replies that are none', () => {
  const document = (request: ScriptedRequest, options: Parameters<typeof encodeReply>[2] = {}): Buffer =>
    encodeReply(request, cursorReply('d.c', [{ _id: 1 }]), options);
  const patched =
    (patch: (reply: Buffer) => void): Handler =>
    (request) => {
      const reply = document(request);
      patch(reply);
      return reply;
    };

  const DAMAGE: Readonly<Record<string, Handler>> = {
    'of another request': (request) => document(request, { responseTo: request.header.requestId + 1 }),
    'of an unknown opcode': (request) => document(request, { opCode: 2_004 }),
    'OP_REPLY to an OP_MSG': (request) => document(request, { opCode: 1 }),
    'longer than any message may be': patched((reply) => reply.writeInt32LE(0x7fff_ffff, 0)),
    'of negative length': patched((reply) => reply.writeInt32LE(-5, 0)),
    'shorter than a header': patched((reply) => reply.writeInt32LE(15, 0)),
    'with unknown required flag bits': patched((reply) => reply.writeUInt32LE(1 << 5, 16)),
    'with a section of an unknown kind': patched((reply) => reply.writeUInt8(9, 20)),
    'with a document longer than the message': patched((reply) => reply.writeInt32LE(reply.length, 21)),
    'not BSON': (request) =>
      document(request, { documentBytes: Buffer.from('this is not BSON at all......') }),
    'with an unknown element type': patched((reply) => reply.writeUInt8(0x55, 25)),
    'without a document': (request) => document(request, { documentBytes: Buffer.alloc(0) }),
  };

  it.each(Object.keys(DAMAGE))(
    '%s: the operation rejects, its socket is destroyed, the next one works',
    async (name) => {
      const { server, client } = await serverAndClient(
        { script: { find: cursorReply('d.c', [{ _id: 2 }]) } },
        NO_RETRY,
      );
      const collection = client.db('d').collection('c');
      await client.ping();
      server.once('find', DAMAGE[name] as Handler);
      const error = await rejectionOf(collection.findOne());
      expect(error).toBeInstanceOf(AutoReconnect);
      expect(error).toBeInstanceOf(ProtocolError);
      await server.received('find')[0]?.connection.closed;
      expect(await collection.findOne()).toEqual({ _id: 2 });
      const [first, second] = server.received('find').map(({ connection }) => connection);
      expect(second).not.toBe(first);
    },
  );

  it('truncated by the end of the stream: the operation rejects, the next one works', async () => {
    const { server, client } = await serverAndClient(
      { script: { find: cursorReply('d.c', [{ _id: 2 }]) } },
      NO_RETRY,
    );
    const collection = client.db('d').collection('c');
    const length = document({ header: { requestId: 1, opCode: 2_013 } } as ScriptedRequest).length;
    for (const cut of [1, 15, 16, 20, 21, 40, length - 1]) {
      server.once('find', (request) => [document(request).subarray(0, cut), 'close']);
      const error = await rejectionOf(collection.findOne());
      expect(error).toBeInstanceOf(AutoReconnect);
      expect(await collection.findOne()).toEqual({ _id: 2 });
    }
  });

  it('a document inside the batch that is not BSON rejects alone', async () => {
    const { server, client } = await serverAndClient(
      { script: { find: cursorReply('d.c', [{ _id: 2 }]) } },
      NO_RETRY,
    );
    const collection = client.db('d').collection('c');
    server.once('find', (request) => {
      const reply = document(request);
      reply.writeUInt8(0x55, reply.indexOf(Buffer.from('_id\0')) - 1);
      return reply;
    });
    expect(await rejectionOf(collection.find().toArray())).toBeInstanceOf(InvalidBSON);
    expect(await collection.findOne()).toEqual({ _id: 2 });
  });

  it('replies of two concurrent operations that are swapped reach neither', async () => {
    const { server, client } = await serverAndClient({}, NO_RETRY);
    const waiting: ScriptedRequest[] = [];
    const swap: Handler = (request) => {
      waiting.push(request);
      const [one, two] = waiting;
      if (one === undefined || two === undefined) return 'silence';
      one.connection.write(encodeReply(two, cursorReply('d.c', [two.command['filter'] as Document])));
      two.connection.write(encodeReply(one, cursorReply('d.c', [one.command['filter'] as Document])));
      return 'silence';
    };
    server.once('find', swap);
    server.once('find', swap);
    const collection = client.db('d').collection('c');
    const results = await Promise.allSettled([
      collection.findOne({ secret: 1 }),
      collection.findOne({ secret: 2 }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await client.ping();
  });

  it('a late reply never reaches the next caller', async () => {
    const { server, client } = await serverAndClient({}, { ...NO_RETRY, maxPoolSize: 1 });
    let late: ScriptedRequest | undefined;
    server.once('find', (request) => {
      late = request;
      return 'silence';
    });
    const collection = client.db('d').collection('c');
    expect(await rejectionOf(collection.findOne({ secret: 1 }, { timeoutMS: 50 }))).toMatchObject({
      timeout: true,
    });
    server.on('find', (request) => {
      if (late !== undefined) {
        late.connection.write(encodeReply(late, cursorReply('d.c', [{ secret: 1 }])));
        late = undefined;
      }
      return cursorReply('d.c', [request.command['filter'] as Document]);
    });
    for (let other = 2; other < 6; other++) {
      expect(await collection.findOne({ other })).toEqual({ other });
    }
  });
});

describe('garbage', () => {
  /** As `seeded-random`, but small enough to read: the same garbage each time. */
  const generator = (seed: number) => () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };

  it('of any kind leaves no rejection unhandled, no exception uncaught, and the client usable', async () => {
    const unobserved: unknown[] = [];
    const collect = (reason: unknown): void => void unobserved.push(reason);
    process.on('unhandledRejection', collect);
    process.on('uncaughtException', collect);
    try {
      const random = generator(7);
      const server = await startServer({
        script: {
          find: cursorReply('d.c', [{ _id: 1 }], { id: 5n }),
          getMore: cursorReply('d.c', [], { batch: 'nextBatch' }),
          insert: counts,
        },
      });
      const whole = { on: false };
      const tamper = (message: Buffer): Tampered => {
        if (whole.on || random() < 0.5) return message;
        const at = Math.floor(random() * message.length);
        switch (Math.floor(random() * 5)) {
          case 0:
            message[at] = Math.floor(random() * 256);
            return message;
          case 1:
            return [message.subarray(0, at), Buffer.from([Math.floor(random() * 256)]), message.subarray(at)];
          case 2:
            return 'close';
          case 3:
            return message.subarray(at);
          default:
            return [message.subarray(0, at), message.subarray(at)];
        }
      };
      const proxy = closeLater(await startTamperingProxy({ port: server.port, toClient: tamper }));
      const client = clientOf(`mongodb://127.0.0.1:${String(proxy.port)}`, {
        serverSelectionTimeoutMS: 10_000,
        connectTimeoutMS: 200,
        socketTimeoutMS: 200,
        heartbeatFrequencyMS: 500,
      });
      const collection = client.db('d').collection('c');
      let [failed, succeeded] = [0, 0];
      for (let round = 0; round < 25; round++) {
        const results = await Promise.allSettled([
          collection.findOne({}, { timeoutMS: 400 }),
          collection.find({}, { timeoutMS: 400 }).toArray(),
          collection.insertOne({ round }, { timeoutMS: 400 }),
          client.ping({ timeoutMS: 400 }),
        ]);
        const rejected = results.filter(({ status }) => status === 'rejected').length;
        failed += rejected;
        succeeded += results.length - rejected;
      }
      expect(failed).toBeGreaterThan(0);
      expect(succeeded).toBeGreaterThan(0);
      whole.on = true;
      await client.ping();
      await client.close();
      await new Promise((resolve) => setImmediate(resolve));
      expect(unobserved).toEqual([]);
    } finally {
      process.off('unhandledRejection', collect);
      process.off('uncaughtException', collect);
    }
  }, 60_000);
});

describe('use after close()', () => {
  it('of every kind of object rejects with InvalidOperation and opens nothing', async () => {
    const { server, client } = await serverAndClient({
      script: { find: cursorReply('d.c', [{ x: 1 }], { id: 5n }) },
    });
    const database = client.db('d');
    const collection = database.collection('c');
    const begun = collection.find();
    await begun.next();
    const fresh = collection.find();
    await client.close();
    const { length } = server.connections;
    for (const call of [
      client.ping(),
      client.connect(),
      client.serverInfo(),
      client.listDatabaseNames(),
      client.dropDatabase('d'),
      client.address,
      database.command('ping'),
      database.listCollectionNames(),
      database.aggregate([]).toArray(),
      collection.findOne(),
      collection.insertOne({}),
      collection.insertMany([{}]),
      collection.bulkWrite([{ deleteOne: { filter: {} } }]),
      collection.find().toArray(),
      collection.aggregate([]).toArray(),
      collection.drop(),
      fresh.next(),
    ]) {
      expect(await rejectionOf(call)).toBeInstanceOf(InvalidOperation);
    }
    expect(() => client.startSession()).toThrow(InvalidOperation);
    await begun
      .next()
      .then(() => begun.next())
      .then(
        () => {
          throw new Error('the cursor went on');
        },
        (error: unknown) => expect(error).toBeInstanceOf(InvalidOperation),
      );
    await client.close();
    expect(server.connections).toHaveLength(length);
    expect(server.requests.every(({ commandName }) => !isHello(commandName) || length > 0)).toBe(true);
  });

  it('while operations wait: each of them settles', async () => {
    const { server, client } = await serverAndClient(
      { script: { find: 'silence' } },
      { maxPoolSize: 1, ...NO_RETRY, socketTimeoutMS: 500 },
    );
    const collection = client.db('d').collection('c');
    const finds = Array.from({ length: 5 }, () => collection.findOne());
    await server.waitFor('find');
    const closing = client.close();
    const results = await Promise.allSettled(finds);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    await closing;
  });
});
