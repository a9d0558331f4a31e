/** Many clients of one driver in one process: told by its parent what to measure. */
import type { AsyncMongoClient } from '../../../lib/index.js';

export interface MemoryReport {
  /** Heap, external memory and array buffers, over a process without clients. */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

export interface HandshakeReport {
  /** The most connections that one pool was establishing at a time. */
  readonly most: number;
  readonly made: number;
  readonly pools: number;
}

interface AnyClient {
  connect(): Promise<unknown>;
  db(name: string): { collection(name: string): { insertOne(document: object): Promise<unknown> } };
}

const [, , driver = '', uri = '', count = '0'] = process.argv;
const SETTLE_MS = 2_000;
const WRITERS_PER_CLIENT = 4;

const constructorOf = async (): Promise<new (uri: string) => AnyClient> => {
  if (driver === 'official')
    return (await import('mongodb')).MongoClient as unknown as new (uri: string) => AnyClient;
  return (await import('../../../dist/index.js' as string)).AsyncMongoClient as unknown as new (
    uri: string,
  ) => AnyClient;
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const memory = async (): Promise<MemoryReport> => {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    await pause(100);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  // Array buffers are part of external memory.
  return { heapBytes: heapUsed + external, rssBytes: rss };
};

const Client = await constructorOf();
const clients: AnyClient[] = [];

/** Each finds the set and writes once, so that it has what an idle client has: monitors, a pool, a session. */
const open = async (howMany: number): Promise<void> => {
  for (let made = 0; made < howMany; made += 25) {
    const next = Array.from({ length: Math.min(25, howMany - made) }, () => new Client(uri));
    await Promise.all(next.map((client) => client.connect()));
    await Promise.all(next.map((client) => client.db('soak').collection('idle').insertOne({ x: 1 })));
    clients.push(...next);
  }
};

// What a process loads and compiles once is no part of a client.
await open(5);
await pause(SETTLE_MS);
const before = await memory();
await open(Number(count));
await pause(SETTLE_MS);

/** Counts from here on how many connections each pool establishes at a time. */
const watch = (): (() => HandshakeReport) => {
  const pools: Set<number>[] = [];
  let [most, made] = [0, 0];
  for (const client of clients as unknown as AsyncMongoClient[]) {
    const connecting = new Map<string, Set<number>>();
    client.on('connectionCreated', ({ address, connectionId }) => {
      let pool = connecting.get(address);
      if (pool === undefined) {
        pool = new Set();
        connecting.set(address, pool);
        pools.push(pool);
      }
      pool.add(connectionId);
      made++;
      most = Math.max(most, pool.size);
    });
    client.on('connectionReady', ({ address, connectionId }) =>
      connecting.get(address)?.delete(connectionId),
    );
    client.on('connectionClosed', ({ address, connectionId }) =>
      connecting.get(address)?.delete(connectionId),
    );
  }
  return () => ({ most, made, pools: pools.length });
};

let handshakes: (() => HandshakeReport) | undefined;

const writeAll = async (): Promise<void> => {
  await Promise.all(
    clients.flatMap((client) =>
      Array.from({ length: WRITERS_PER_CLIENT }, () =>
        client.db('soak').collection('idle').insertOne({ x: 2 }),
      ),
    ),
  );
};

const answer = async (question: string): Promise<unknown> => {
  switch (question) {
    case 'memory': {
      const { heapBytes, rssBytes } = await memory();
      return { heapBytes: heapBytes - before.heapBytes, rssBytes: rssBytes - before.rssBytes };
    }
    case 'watch':
      handshakes = watch();
      return 'watching';
    default:
      await writeAll();
      return handshakes?.();
  }
};

process.on('message', (question: string) => {
  answer(question).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.send?.('ready');
