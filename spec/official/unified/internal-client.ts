import { MongoClient, ReadPreference } from 'mongodb';
import type { Doc } from './format.js';

/** The client the runner uses for its own work: data, outcomes, assertions, fail points. */
export interface InternalClient {
  /** Runs a command on the primary (or a router) and resolves to the reply. */
  command(database: string, command: Doc): Promise<Doc>;
  readonly hosts: readonly string[];
  readonly authenticates: boolean;
  /** Another client of the same kind, for one router. */
  connect(uri: string): Promise<InternalClient>;
  close(): Promise<void>;
}

const SELECTION_MS = 15_000;

/**
 * The `mongodb` package wherever it can connect, so that a fault of the driver under test cannot hide in setup or
 * judgement. It refuses servers before 4.4: there asyncmongo does that work, too.
 */
export const connectInternal = async (uri: string, serverVersion?: string): Promise<InternalClient> =>
  serverVersion === '4.2' ? await throughAsyncmongo(uri) : await throughOfficial(uri);

const throughOfficial = async (uri: string): Promise<InternalClient> => {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: SELECTION_MS, promoteValues: true });
  try {
    await client.connect();
  } catch (error) {
    await client.close();
    if (/maximum wire version/.test((error as Error).message)) return await throughAsyncmongo(uri);
    throw error;
  }
  return {
    command: (database, command) =>
      client.db(database).command(command, { readPreference: ReadPreference.primary }),
    hosts: client.options.hosts.map(String),
    authenticates: client.options.credentials !== undefined,
    connect: throughOfficial,
    close: () => client.close(),
  };
};

const throughAsyncmongo = async (uri: string): Promise<InternalClient> => {
  const { AsyncMongoClient } = await import('../../../lib/index.js');
  const client = new AsyncMongoClient(uri, { serverSelectionTimeoutMS: SELECTION_MS });
  return {
    command: (database, command) => client.db(database).command(command) as Promise<Doc>,
    hosts: client.options.hosts.map(String),
    authenticates: client.options.credentials !== undefined,
    connect: throughAsyncmongo,
    close: () => client.close(),
  };
};

/** All documents of a command that answers with a cursor. */
export const readAll = async (client: InternalClient, database: string, command: Doc): Promise<Doc[]> => {
  type Batch = {
    readonly id: unknown;
    readonly ns: string;
    readonly firstBatch?: Doc[];
    readonly nextBatch?: Doc[];
  };
  let { cursor } = (await client.command(database, command)) as { cursor: Batch };
  const documents = [...(cursor.firstBatch ?? [])];
  while (String(cursor.id) !== '0') {
    const collection = cursor.ns.slice(cursor.ns.indexOf('.') + 1);
    const reply = await client.command(database, { getMore: toLong(cursor.id), collection });
    ({ cursor } = reply as unknown as { cursor: Batch });
    documents.push(...(cursor.nextBatch ?? []));
  }
  return documents;
};

/** Cursor ids are 64-bit; a driver that hands a small one out as a number must not send it back as another type. */
const toLong = (id: unknown): unknown => (typeof id === 'object' ? id : BigInt(String(id)));
