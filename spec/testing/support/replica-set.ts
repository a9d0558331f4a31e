import type { Document } from 'bson';
import { startDeployment, type Deployment } from '../../../lib/testing/deployment.js';
import type { DeploymentOptions } from '../../../lib/testing/deployment-options.js';
import { eventually } from './eventually.js';
import { RawClient } from './raw-client.js';

/** A replica set with a short election timeout, and raw clients of its members. */
export interface TestSet {
  readonly deployment: Deployment;
  readonly control: Deployment['control'];
  /** A command on a member, through a connection that is kept; anew where it was closed. */
  command(member: number, body: Document): Promise<Document>;
  /** A connection of one's own. */
  connect(member: number): Promise<RawClient>;
  /** `_id`s of a collection in the order a member returns them. */
  ids(member: number, collection: string): Promise<unknown[]>;
  /** Until the member is in a state: the name replSetGetStatus gives it. */
  until(member: number, state: string): Promise<void>;
  stop(): Promise<void>;
}

export const startSet = async (options: DeploymentOptions = {}): Promise<TestSet> => {
  const deployment = await startDeployment({
    topology: 'replicaset',
    members: 3,
    electionTimeoutMS: 60,
    ...options,
  });
  const kept = new Map<number, RawClient>();
  const all: RawClient[] = [];
  const connect = async (member: number): Promise<RawClient> => {
    const client = await RawClient.connect(deployment.hosts[member]!);
    all.push(client);
    return client;
  };
  const command = async (member: number, body: Document): Promise<Document> => {
    let client = kept.get(member);
    if (client === undefined || client.closed) {
      client = await connect(member);
      kept.set(member, client);
    }
    return client.command(body);
  };
  return {
    deployment,
    control: deployment.control,
    command,
    connect,
    ids: async (member, collection) => {
      const reply = await command(member, {
        find: collection,
        $db: 'test',
        $readPreference: { mode: 'primaryPreferred' },
      });
      const { firstBatch } = reply['cursor'] as { firstBatch: Document[] };
      return firstBatch.map(({ _id }) => _id as unknown);
    },
    until: (member, state) =>
      eventually(async () => {
        const { members } = (await command(member, { replSetGetStatus: 1 })) as { members: Document[] };
        return members.find(({ self }) => self === true)?.['stateStr'] === state;
      }),
    stop: async () => {
      for (const client of all) client.close();
      await deployment.stop();
    },
  };
};

/** An insert of documents with these ids into `test`. */
export const insert = (collection: string, ids: readonly unknown[], extra: Document = {}): Document => ({
  insert: collection,
  documents: ids.map((_id) => ({ _id })),
  $db: 'test',
  ...extra,
});
