import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { OperationTimeout, timeout } from '../../lib/index.js';
import { cursorReply } from '../support/scripted-server.js';
import { closeAll, rejectionOf, serverAndClient } from './client-fixture.js';

afterEach(closeAll);

const found = cursorReply('shop.orders', [{ _id: 1 }]);
/** A read that met with it may be sent again. */
const retryable = { ok: 0, code: 262, codeName: 'ExceededTimeLimit', errmsg: 'too slow' };

describe('timeoutMS', () => {
  it('[TIME-5] rejects at the end of the whole time where two attempts fail and the third hangs', async () => {
    let attempts = 0;
    const { server, client } = await serverAndClient({
      script: {
        find: async () => {
          if (++attempts > 2) return 'silence';
          await pause(500);
          return retryable;
        },
      },
    });
    await client.connect();
    const started = performance.now();
    const error = await rejectionOf(client.db('shop').collection('orders').findOne({}, { timeoutMS: 1_500 }));
    const elapsed = performance.now() - started;
    expect(error).toBeInstanceOf(OperationTimeout);
    expect(error).toMatchObject({ timeout: true });
    expect(server.received('find')).toHaveLength(3);
    // Were it per attempt, it would be at least 2,500.
    expect(elapsed).toBeGreaterThan(1_450);
    expect(elapsed).toBeLessThan(2_500);
  });
});

describe('timeout(ms, …)', () => {
  it('[TIME-6] rejects the third of three operations that take more time together, and limits none after the block', async () => {
    let serviceMS = 600;
    const { client } = await serverAndClient({
      script: {
        find: async () => {
          await pause(serviceMS);
          return found;
        },
      },
    });
    await client.connect();
    const orders = client.db('shop').collection('orders');
    const results: unknown[] = [];
    const error = await rejectionOf(
      timeout(1_600, async () => {
        for (let count = 0; count < 3; count++) results.push(await orders.findOne());
      }),
    );
    expect(error).toBeInstanceOf(OperationTimeout);
    expect(results).toHaveLength(2);
    serviceMS = 1_700;
    expect(await orders.findOne()).toMatchObject({ _id: 1 });
  });
});
