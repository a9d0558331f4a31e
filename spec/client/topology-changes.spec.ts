import { afterEach, describe, expect, it } from '@jest/globals';
import { InvalidOperation, type TopologyChange } from '../../lib/index.js';
import { EventHub } from '../../lib/core/event-hub.js';
import { topologyChanges } from '../../lib/client/topology-changes.js';
import { emptyDescription } from '../../lib/topology/description/initial-description.js';
import type { TopologyEvents } from '../../lib/topology/topology-events.js';
import { ObjectId } from 'bson';
import { scriptedReplicaSet } from '../support/scripted-replica-set.js';
import { clientOf, closeAll, closeLater, serverAndClient } from './client-fixture.js';

afterEach(closeAll);

const readAll = async (changes: AsyncIterable<TopologyChange>): Promise<TopologyChange[]> => {
  const read: TopologyChange[] = [];
  for await (const change of changes) read.push(change);
  return read;
};

describe('topologyChanges', () => {
  it('begins to look for servers, tells every change as a chain, and ends when the client closes', async () => {
    const { client } = await serverAndClient({}, { connect: false });
    const all = readAll(client.topologyChanges());
    await client.ping();
    await client.close();
    const changes = await all;
    expect(changes.map(({ newDescription }) => newDescription.topologyType)).toEqual([
      'Unknown',
      'Single',
      'Unknown',
    ]);
    for (const [index, change] of changes.slice(1).entries()) {
      expect(change.previousDescription).toBe(changes[index]!.newDescription);
      expect(Object.isFrozen(change)).toBe(true);
    }
  });

  it('shows an election', async () => {
    const set = closeLater(await scriptedReplicaSet(2));
    const client = clientOf(set, { heartbeatFrequencyMS: 500 });
    await client.connect();
    const primaryOf = ({ newDescription }: TopologyChange): string | undefined =>
      [...newDescription.servers.values()].find(({ serverType }) => serverType === 'RSPrimary')?.address;
    set.setPrimary(1);
    for await (const change of client.topologyChanges()) if (primaryOf(change) === set.hosts[1]) break;
    expect(client.topologyDescription.servers.get(set.hosts[1]!)?.serverType).toBe('RSPrimary');
  });

  it('ends when a client closes that never found its servers', async () => {
    const client = clientOf('mongodb+srv://nowhere.example.com/', {
      connect: false,
      runtime: undefined,
      serverSelectionTimeoutMS: 50,
    });
    const all = readAll(client.topologyChanges());
    await client.close();
    expect(await all).toEqual([]);
  });

  it('throws in the loop of a client that is closed', async () => {
    const { client } = await serverAndClient({}, { connect: false });
    await client.close();
    await expect(readAll(client.topologyChanges())).rejects.toBeInstanceOf(InvalidOperation);
  });

  describe('in itself', () => {
    const fixture = () => {
      const events = new EventHub<TopologyEvents>();
      const listeners = new Set<() => void>();
      const source = {
        events,
        begin: () => undefined,
        whenClosed: (listener: () => void) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      };
      const descriptions = Array.from({ length: 200 }, () => emptyDescription(new ObjectId(), 10_000));
      const change = (to: number): void =>
        events.publish('topologyDescriptionChanged', {
          topologyId: new ObjectId(),
          previousDescription: descriptions[to - 1]!,
          newDescription: descriptions[to]!,
        });
      return { events, listeners, source, descriptions, change };
    };

    it('keeps a bounded number of changes; the chain holds and ends with the newest', async () => {
      const { source, change, descriptions } = fixture();
      const iterator = topologyChanges(source)[Symbol.asyncIterator]();
      for (let to = 1; to < 200; to++) change(to);
      await iterator.return?.call(iterator, undefined).then(() => undefined);
      const again = topologyChanges(source)[Symbol.asyncIterator]();
      for (let to = 1; to < 200; to++) change(to);
      const read: TopologyChange[] = [];
      for (let count = 0; count < 64; count++) read.push((await again.next()).value as TopologyChange);
      expect(read[0]!.previousDescription).toBe(descriptions[0]);
      for (let index = 1; index < 64; index++) {
        expect(read[index]!.previousDescription).toBe(read[index - 1]!.newDescription);
      }
      expect(read[63]!.newDescription).toBe(descriptions[199]);
      const next = again.next();
      await again.return?.(undefined);
      expect(await next).toEqual({ value: undefined, done: true });
    });

    it('releases everything when the reader leaves', async () => {
      const { events, listeners, source, change } = fixture();
      const changes = topologyChanges(source);
      const first = (async () => {
        for await (const seen of changes) return seen;
        return undefined;
      })();
      expect(events.has('topologyDescriptionChanged')).toBe(true);
      change(1);
      await first;
      expect(events.has('topologyDescriptionChanged')).toBe(false);
      expect(listeners.size).toBe(0);
    });

    it('serves several readers at one time, each with all changes', async () => {
      const { source, change, listeners } = fixture();
      const readers = [readAll(topologyChanges(source)), readAll(topologyChanges(source))];
      await Promise.resolve();
      change(1);
      change(2);
      for (const close of [...listeners]) close();
      for (const read of await Promise.all(readers)) expect(read).toHaveLength(2);
    });
  });
});
