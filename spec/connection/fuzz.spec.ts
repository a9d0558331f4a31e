import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deadlineAfter } from '../../lib/core/deadline.js';
import { isAsyncMongoError } from '../../lib/core/errors/predicates.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import { mutate } from '../support/mutate.js';
import { openTestConnection, ping } from '../support/open-test-connection.js';
import { encodeReply } from '../support/scripted-server-message.js';
import { seededRandom } from '../support/seeded-random.js';
import { standaloneHello, startScriptedServer } from '../support/scripted-server.js';

const CASES = 400;
const KINDS = [
  'ERR_PROTOCOL',
  'ERR_AUTO_RECONNECT',
  'ERR_OPERATION_TIMEOUT',
  'ERR_NETWORK_TIMEOUT',
  'ERR_INVALID_BSON',
  'ERR_CONNECTION_FAILURE',
];

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeEach(() => {
  process.on('unhandledRejection', onUnhandled);
  process.on('uncaughtException', onUnhandled);
});

afterEach(() => {
  process.off('unhandledRejection', onUnhandled);
  process.off('uncaughtException', onUnhandled);
});

describe('a server that sends damaged replies', () => {
  it('to commands never hangs, crashes or confuses the client', async () => {
    const random = seededRandom(99);
    const server = await startScriptedServer({
      script: {
        ping: (request) => mutate(encodeReply(request, { ok: 1, a: [1, 'two', { three: 3 }] }), random),
      },
    });
    let answered = 0;
    const failures = new Set<unknown>();
    let connection = await openTestConnection(server.port);
    for (let index = 0; index < CASES; index++) {
      if (connection.closed) connection = await openTestConnection(server.port);
      try {
        const reply = await connection.command(ping(), { deadline: deadlineAfter(nodeRuntime, 15) });
        reply.decode();
        answered += 1;
      } catch (error) {
        expect(isAsyncMongoError(error)).toBe(true);
        failures.add((error as { code: unknown }).code);
        // What would complete the reply never comes.
        connection.destroy();
      }
    }
    connection.destroy();
    await server.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
    expect(answered).toBeGreaterThan(0);
    expect([...failures].every((code) => KINDS.includes(code as string))).toBe(true);
    expect(failures.size).toBeGreaterThan(1);
  });

  it('to hello never hangs or crashes the client', async () => {
    const random = seededRandom(7);
    const server = await startScriptedServer({
      script: {
        isMaster: (request) => mutate(encodeReply(request, { ...standaloneHello(), ok: 1 }), random),
      },
    });
    for (let index = 0; index < CASES / 3; index++) {
      try {
        const connection = await openTestConnection(server.port, { connectTimeoutMS: 15 });
        connection.destroy();
      } catch (error) {
        expect(isAsyncMongoError(error)).toBe(true);
      }
    }
    await server.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });
});
