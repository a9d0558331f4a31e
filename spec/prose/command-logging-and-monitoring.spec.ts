import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AsyncMongoClient, type LogEntry } from '../../lib/index.js';
import { spawnDeployment, type SpawnedDeployment } from '../../lib/testing/spawn-deployment.js';

/** No half of a surrogate pair stands alone. */
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

const ELLIPSIS = '...'.length;

describe('command logging and monitoring, prose tests', () => {
  let deployment: SpawnedDeployment;
  beforeAll(async () => {
    deployment = await spawnDeployment({ topology: 'standalone' });
  });
  afterAll(() => deployment.stop());

  /** The messages of what `work` does, by their text. */
  const messagesOf = async (
    logMaxDocumentLength: number | undefined,
    work: (client: AsyncMongoClient) => Promise<unknown>,
  ): Promise<(message: string, commandName: string) => LogEntry> => {
    const entries: LogEntry[] = [];
    const client = new AsyncMongoClient(deployment.uri, {
      logger: (entry) => entries.push(entry),
      logLevel: { command: 'debug' },
      logMaxDocumentLength,
    });
    try {
      await work(client);
    } finally {
      await client.close();
    }
    return (message, commandName) => {
      const found = entries.find(
        (entry) => entry.message === message && entry['commandName'] === commandName,
      );
      if (found === undefined) throw new Error(`no message "${message}" of ${commandName}`);
      return found;
    };
  };

  it('Test 1: default truncation limit', async () => {
    const message = await messagesOf(undefined, async (client) => {
      const collection = client.db('prose').collection('truncation');
      await collection.insertMany(Array.from({ length: 100 }, () => ({ x: 'y' })));
      await collection.find().toArray();
    });
    expect(message('Command started', 'insert')['command']).toHaveLength(1000 + ELLIPSIS);
    expect(String(message('Command succeeded', 'insert')['reply']).length).toBeLessThanOrEqual(
      1000 + ELLIPSIS,
    );
    expect(message('Command succeeded', 'find')['reply']).toHaveLength(1000 + ELLIPSIS);
  });

  it('Test 2: explicitly configured truncation limit', async () => {
    const message = await messagesOf(5, async (client) => {
      await client.db('prose').command({ hello: true });
      await client
        .db('prose')
        .command({ notARealCommand: true })
        .catch(() => undefined);
    });
    expect(message('Command started', 'hello')['command']).toHaveLength(5 + ELLIPSIS);
    expect(message('Command succeeded', 'hello')['reply']).toHaveLength(5 + ELLIPSIS);
    expect(message('Command failed', 'notARealCommand')['failure']).toMatchObject({
      response: expect.stringMatching(/^.{5}\.\.\.$/),
    });
  });

  it('Test 3: truncation with multi-byte code points', async () => {
    const collection = '😀'.repeat(20);
    for (const [length, shown] of [
      [10, '{"find":"...'],
      [11, '{"find":"😀...'],
      [12, '{"find":"😀...'],
      [13, '{"find":"😀😀...'],
    ] as const) {
      const message = await messagesOf(length, async (client) => {
        await client.db('prose').collection(collection).find().toArray();
      });
      const command = message('Command started', 'find')['command'];
      expect(command).toBe(shown);
      expect(isWellFormed(String(message('Command succeeded', 'find')['reply']))).toBe(true);
    }
    const message = await messagesOf(40, async (client) => {
      await client
        .db('prose')
        .command({ [collection]: 1 })
        .catch(() => undefined);
    });
    const { response } = message('Command failed', collection)['failure'] as { response: string };
    expect(isWellFormed(response)).toBe(true);
    expect(response).toMatch(/\.\.\.$/);
  });
});
