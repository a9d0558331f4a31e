/** The two drivers behind the few calls a benchmark makes, each at its best settings for that call. */
export interface BenchDriver {
  ping(): Promise<unknown>;
  findOne(): Promise<unknown>;
  /** Iterates the 10,000 tweets and returns how many there were. */
  iterateTweets(): Promise<number>;
  tweetsToArray(): Promise<number>;
  insertOne(document: Record<string, unknown>): Promise<unknown>;
  insertMany(documents: Record<string, unknown>[]): Promise<unknown>;
  /** Iterates the 1,000,000 small documents, calling `onDocument` for each. */
  iterateStream(onDocument: () => void): Promise<number>;
  /** Reads so many events of a change stream that always has some. */
  watch(events: number): Promise<number>;
  close(): Promise<void>;
}

type Changes = AsyncIterable<unknown> & { close(): Promise<void> };

interface Handle {
  command(command: Record<string, unknown>): Promise<unknown>;
}

interface Finder {
  findOne(filter: Record<string, unknown>): Promise<unknown>;
  find(filter: Record<string, unknown>): AsyncIterable<unknown> & { toArray(): Promise<unknown[]> };
  insertOne(document: Record<string, unknown>): Promise<unknown>;
  insertMany(documents: Record<string, unknown>[]): Promise<unknown>;
  watch(): Changes | Promise<Changes>;
}

interface ClientLike {
  db(name: string): Handle & { collection(name: string): Finder };
  close(): Promise<void>;
}

const count = async (cursor: AsyncIterable<unknown>, onDocument?: () => void): Promise<number> => {
  let documents = 0;
  for await (const _document of cursor) {
    documents++;
    onDocument?.();
  }
  return documents;
};

/** Both drivers have the same calls where a benchmark is concerned. */
const benchDriver = (client: ClientLike): BenchDriver => {
  const admin = client.db('admin');
  const db = client.db('bench');
  const one = db.collection('one');
  const tweets = db.collection('tweets');
  const stream = db.collection('stream');
  const inserted = db.collection('inserted');
  const watched = db.collection('watched');
  return {
    ping: () => admin.command({ ping: 1 }),
    findOne: () => one.findOne({ _id: 0 }),
    iterateTweets: () => count(tweets.find({})),
    tweetsToArray: async () => (await tweets.find({}).toArray()).length,
    insertOne: (document) => inserted.insertOne(document),
    insertMany: (documents) => inserted.insertMany(documents),
    iterateStream: (onDocument) => count(stream.find({}), onDocument),
    watch: async (events) => {
      const changes = await watched.watch();
      let seen = 0;
      for await (const _change of changes) if (++seen === events) break;
      await changes.close();
      return seen;
    },
    close: () => client.close(),
  };
};

export type DriverName = 'asyncmongo' | 'official';

export const openDriver = async (name: DriverName, port: number): Promise<BenchDriver> => {
  const uri = `mongodb://127.0.0.1:${String(port)}/`;
  if (name === 'official') {
    const { MongoClient } = await import('mongodb');
    const client = new MongoClient(uri);
    await client.connect();
    return benchDriver(client as unknown as ClientLike);
  }
  // The built package, as users run it.
  const { AsyncMongoClient } = (await import('../dist/index.js' as string)) as {
    AsyncMongoClient: new (uri: string) => { connect(): Promise<unknown> };
  };
  const client = new AsyncMongoClient(uri);
  await client.connect();
  return benchDriver(client as unknown as ClientLike);
};
