/** `source/change-streams/tests/README.md`, "Prose Tests", by number. 5, 10, 15 and 16 were removed there. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Timestamp } from 'bson';
import {
  AsyncMongoClient,
  type AsyncChangeStream,
  type AsyncMongoClientOptions,
  type Document,
} from '../../lib/index.js';
import { startDeployment, type Deployment } from '../../lib/testing.js';
import { closeAll, closeLater, rejectionOf, serverAndClient } from '../client/client-fixture.js';
import type { Answer } from '../support/scripted-server.js';

afterEach(closeAll);

const RESUMABLE = { errorCode: 10107, errorLabels: ['ResumableChangeStreamError'] } as const;

describe.each(['replicaset', 'sharded'] as const)(
  'change streams prose tests on a %s deployment',
  (topology) => {
    let deployment: Deployment;
    let name = 0;

    beforeAll(async () => {
      deployment = await startDeployment({ topology });
    });

    afterAll(async () => {
      await deployment.stop();
    });

    const setUp = async (options: AsyncMongoClientOptions = {}) => {
      const client = closeLater(
        new AsyncMongoClient(deployment.uri, { heartbeatFrequencyMS: 500, ...options }),
      );
      const db = client.db('prose');
      const collection = await db.createCollection(`c${String(++name)}`);
      const commands: { readonly name: string; readonly address: string; readonly command: Document }[] = [];
      client.on('commandStarted', ({ commandName, connectionId, command }) => {
        commands.push({ name: commandName, address: connectionId, command });
      });
      const sent = (command: string): Document[] =>
        commands.filter(({ name: sentName }) => sentName === command).map((entry) => entry.command);
      /** The `$changeStream` stages of the aggregations so far. */
      const stages = (): Document[] =>
        sent('aggregate').map(
          ({ pipeline }) => (pipeline as { $changeStream: Document }[])[0]?.$changeStream ?? {},
        );
      const fail = async (failCommands: readonly string[], data: object, times = 1): Promise<void> => {
        await client.db('admin').command({
          configureFailPoint: 'failCommand',
          mode: { times },
          data: { failCommands, ...data },
        });
      };
      return { client, collection, commands, sent, stages, fail };
    };

    const next = async (stream: AsyncChangeStream<Document>): Promise<Document> => stream.next();

    it('1. tracks the last resume token', async () => {
      const { collection } = await setUp();
      await using stream = await collection.watch<Document>();
      await collection.insertMany([{ a: 1 }, { a: 2 }, { a: 3 }]);
      const tokens = new Set<string>();
      for (let k = 0; k < 3; k++) {
        const { _id } = await next(stream);
        tokens.add(String((stream.resumeToken as Document)['_data']));
        // Behind the last event of a batch it is the token of the batch.
        expect(String((stream.resumeToken as Document)['_data']) >= String((_id as Document)['_data'])).toBe(
          true,
        );
      }
      expect(tokens.size).toBe(3);
    });

    it('2. fails where the pipeline removes the resume token', async () => {
      const { collection } = await setUp();
      const stream = await collection.watch<Document>([{ $project: { _id: 0 } }]);
      await collection.insertOne({ a: 1 });
      await rejectionOf(next(stream));
      expect(stream.alive).toBe(false);
    });

    it('3. resumes with the pipeline and options it began with, and the token', async () => {
      const { collection, sent, fail } = await setUp();
      const match = { $match: { operationType: 'insert' } };
      await using stream = await collection.watch<Document>([match], { batchSize: 5, comment: 'mine' });
      await collection.insertOne({ a: 1 });
      await next(stream);
      const token = stream.resumeToken;
      await fail(['getMore'], RESUMABLE);
      await collection.insertOne({ a: 2 });
      expect(await next(stream)).toMatchObject({ fullDocument: { a: 2 } });
      const [first, second] = sent('aggregate');
      expect(first).toMatchObject({ pipeline: [{ $changeStream: {} }, match], comment: 'mine' });
      expect(second).toMatchObject({
        pipeline: [{ $changeStream: { resumeAfter: token } }, match],
        cursor: { batchSize: 5 },
        comment: 'mine',
      });
      expect(sent('aggregate')).toHaveLength(2);
    });

    it('4. does not resume on an error of aggregate', async () => {
      const { collection, sent, fail } = await setUp({ retryReads: false });
      await fail(['aggregate'], RESUMABLE);
      expect(await rejectionOf(collection.watch())).toMatchObject({ code: RESUMABLE.errorCode });
      expect(sent('aggregate')).toHaveLength(1);
    });

    it('7. keeps a cursor whose first batch is empty', async () => {
      const { collection, sent } = await setUp();
      await using stream = await collection.watch<Document>();
      expect(await stream.tryNext()).toBeNull();
      expect(stream.alive).toBe(true);
      await collection.insertOne({ a: 1 });
      expect(await next(stream)).toMatchObject({ fullDocument: { a: 1 } });
      expect(sent('killCursors')).toHaveLength(0);
    });

    it('8. does not pass on errors of the killCursors of a resume', async () => {
      const { collection, fail } = await setUp();
      await using stream = await collection.watch<Document>();
      await fail(['getMore'], RESUMABLE);
      await collection.insertOne({ a: 1 });
      await fail(['killCursors'], { errorCode: 8 });
      await fail(['getMore'], RESUMABLE);
      expect(await next(stream)).toMatchObject({ fullDocument: { a: 1 } });
    });

    it('11. has the token of the batch where it is empty or read to its end', async () => {
      const { client, collection } = await setUp();
      const behind: unknown[] = [];
      client.on('commandSucceeded', ({ commandName, reply }) => {
        if (commandName === 'aggregate' || commandName === 'getMore') {
          behind.push((reply['cursor'] as Document)['postBatchResumeToken']);
        }
      });
      await using stream = await collection.watch<Document>();
      expect(behind.at(-1)).toBeDefined();
      expect(stream.resumeToken).toEqual(behind.at(-1));
      await collection.insertOne({ a: 1 });
      await next(stream);
      expect(stream.resumeToken).toEqual(behind.at(-1));
      expect(await stream.tryNext()).toBeNull();
      expect(stream.resumeToken).toEqual(behind.at(-1));
    });

    it('13. has the token of the event before, within a batch', async () => {
      const { collection } = await setUp();
      await using stream = await collection.watch<Document>();
      await collection.insertMany([{ a: 1 }, { a: 2 }, { a: 3 }]);
      const { _id } = await next(stream);
      expect(stream.resumeToken).toEqual(_id);
    });

    it('17. resumes with startAfter while it has given no event', async () => {
      const { collection, stages, fail } = await setUp();
      const token = await tokenOf(collection);
      await using stream = await collection.watch<Document>([], { startAfter: token });
      await fail(['getMore'], RESUMABLE);
      await collection.insertOne({ a: 2 });
      await next(stream);
      const resumed = stages().at(-1);
      expect(resumed).toHaveProperty('startAfter');
      expect(resumed).not.toHaveProperty('resumeAfter');
    });

    it('18. resumes with resumeAfter once it has given an event', async () => {
      const { collection, stages, fail } = await setUp();
      const token = await tokenOf(collection);
      await using stream = await collection.watch<Document>([], { startAfter: token });
      await collection.insertOne({ a: 2 });
      await next(stream);
      await fail(['getMore'], RESUMABLE);
      await collection.insertOne({ a: 3 });
      await next(stream);
      const resumed = stages().at(-1);
      expect(resumed).toHaveProperty('resumeAfter');
      expect(resumed).not.toHaveProperty('startAfter');
    });

    it('19. gives the parts of a large event that the server split', async () => {
      const { client } = await setUp();
      const collection = await client
        .db('prose')
        .createCollection(`large${String(++name)}`, { changeStreamPreAndPostImages: { enabled: true } });
      const size = 10 * 1024 * 1024;
      await collection.insertOne({ value: 'q'.repeat(size) });
      await using stream = await collection.watch<Document>([{ $changeStreamSplitLargeEvent: {} }], {
        fullDocumentBeforeChange: 'required',
      });
      await collection.updateOne({}, { $set: { value: 'z'.repeat(size) } });
      expect((await next(stream))['splitEvent']).toEqual({ fragment: 1, of: 2 });
      expect((await next(stream))['splitEvent']).toEqual({ fragment: 2, of: 2 });
    });

    const tokenOf = async (
      collection: Awaited<ReturnType<typeof setUp>>['collection'],
    ): Promise<Document> => {
      await using stream = await collection.watch<Document>();
      await collection.insertOne({ a: 1 });
      await next(stream);
      return stream.resumeToken as Document;
    };

    if (topology === 'replicaset') {
      it('6. selects a server by the read preference it began with', async () => {
        const members = await startDeployment({ topology, members: 3 });
        closeLater({ close: () => members.stop() });
        const client = closeLater(
          new AsyncMongoClient(members.uri, { readPreference: 'secondary', localThresholdMS: 10_000 }),
        );
        const collection = await client.db('prose').createCollection('c');
        const asked: string[] = [];
        client.on('commandStarted', ({ commandName, connectionId, command }) => {
          if (commandName !== 'aggregate') return;
          asked.push(connectionId);
          expect(command['$readPreference']).toEqual({ mode: 'secondary' });
        });
        await using stream = await collection.watch<Document>();
        const [holder] = asked;
        const direct = closeLater(
          new AsyncMongoClient(`mongodb://${String(holder)}/`, { directConnection: true }),
        );
        await direct.db('admin').command({
          configureFailPoint: 'failCommand',
          mode: { times: 1 },
          data: { failCommands: ['getMore'], ...RESUMABLE },
        });
        await collection.insertOne({ a: 1 });
        expect(await next(stream)).toMatchObject({ fullDocument: { a: 1 } });
        expect(asked).toHaveLength(2);
        expect(asked).not.toContain((await client.address)?.join(':'));
      });

      it('14. has the token it was started with while the first batch is untouched', async () => {
        const { collection } = await setUp();
        const token = await tokenOf(collection);
        await collection.insertOne({ a: 2 });
        await using started = await collection.watch([], { startAfter: token });
        expect(started.resumeToken).toEqual(token);
        await using resumed = await collection.watch([], { resumeAfter: token });
        expect(resumed.resumeToken).toEqual(token);
      });
    }
  },
);

describe('change streams prose tests on servers without postBatchResumeToken', () => {
  const event = { _id: { _data: '1' }, operationType: 'insert' };
  const empty = (batch: string): Document => ({
    cursor: { id: 7n, ns: 'd.c', [batch]: [] },
    operationTime: new Timestamp({ t: 50, i: 1 }),
  });
  const withEvent = { cursor: { id: 7n, ns: 'd.c', nextBatch: [event] } };

  const setUp = async (getMores: readonly Answer[]) => {
    let read = 0;
    const { server, client } = await serverAndClient({
      hello: { maxWireVersion: 8 },
      script: { aggregate: empty('firstBatch'), getMore: () => getMores[read++] ?? 'silence' },
    });
    return { server, collection: client.db('d').collection('c') };
  };

  it('9. resumes at the time of its beginning while it has seen no event', async () => {
    const { server, collection } = await setUp([{ ok: 0, code: 91, errmsg: 'shutdown' }, withEvent]);
    await using stream = await collection.watch();
    await stream.next();
    const [, resumed] = server.received('aggregate');
    expect(resumed?.command['pipeline']).toEqual([
      { $changeStream: { startAtOperationTime: new Timestamp({ t: 50, i: 1 }) } },
    ]);
  });

  it('12. has the token of the last event, that of the option, or none', async () => {
    const { collection } = await setUp([withEvent, empty('nextBatch')]);
    await using resumed = await collection.watch([], { resumeAfter: { _data: '0' } });
    expect(resumed.resumeToken).toEqual({ _data: '0' });
    await using stream = await collection.watch();
    expect(stream.resumeToken).toBeUndefined();
    await stream.next();
    expect(stream.resumeToken).toEqual(event._id);
    await stream.tryNext();
    expect(stream.resumeToken).toEqual(event._id);
  });
});
