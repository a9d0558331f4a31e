import { AsyncMongoClient, type AsyncMongoClientOptions, type Document } from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { closeLater } from './client-fixture.js';

export interface SentCommand {
  readonly name: string;
  /** Number of the connection within its pool. */
  readonly connection: number;
  readonly address: string;
  readonly command: Document;
}

/** The commands that a client sends, in order. */
export const commandsOf = (client: AsyncMongoClient): SentCommand[] => {
  const sent: SentCommand[] = [];
  client.on('commandStarted', ({ commandName, connectionId, driverConnectionId, command }) => {
    sent.push({ name: commandName, address: connectionId, connection: driverConnectionId, command });
  });
  return sent;
};

let count = 0;

/** A client of a deployment, an empty collection of its own, and the commands that are sent from here on. */
export const setUp = async ({ uri }: Pick<Deployment, 'uri'>, options: AsyncMongoClientOptions = {}) => {
  const client = closeLater(new AsyncMongoClient(uri, { serverSelectionTimeoutMS: 5_000, ...options }));
  const db = client.db('transactions');
  const collection = await db.createCollection<{ _id: number; x?: number }>(`c${String(++count)}`, {
    writeConcern: { w: 'majority' },
  });
  const sent = commandsOf(client);
  const names = (): string[] => sent.map(({ name }) => name);
  const failNext = (command: string, data: Document, times = 1): Promise<unknown> =>
    client
      .db('admin')
      .command(
        { configureFailPoint: 'failCommand', mode: { times }, data: { failCommands: [command], ...data } },
        { session: null },
      );
  const all = (): Promise<{ _id: number }[]> =>
    collection.find({}, { session: null }).sort({ _id: 1 }).toArray();
  return { client, db, collection, sent, names, failNext, all };
};

export const startReplicaSet = (): Promise<Deployment> =>
  startDeployment({ topology: 'replicaset', members: 1 });
