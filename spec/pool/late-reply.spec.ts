import { describe, expect, it } from '@jest/globals';
import { NO_DEADLINE, operationDeadline } from '../../lib/core/deadline.js';
import { OperationTimeout, WaitQueueTimeoutError } from '../../lib/core/errors/connection.js';
import type { Lease } from '../../lib/pool/lease.js';
import type { FakeConnection } from '../support/fake-connection.js';
import { outcomeOf } from '../support/outcome.js';
import { poolFixture } from './pool-fixture.js';

const fake = ({ connection }: Lease): FakeConnection => connection as unknown as FakeConnection;

describe('a connection that is returned while a reply is on its way', () => {
  it('counts as in use until the reply was read, then serves whoever waits', async () => {
    const { pool, take, runtime, connector, seen } = poolFixture({ maxPoolSize: 1 });
    const lease = await take();
    fake(lease).giveUp();
    pool.checkIn(lease);
    expect(pool.stats()).toMatchObject({ inUse: 1, idle: 0 });
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.advance(100);
    expect(waiter.value).toBeUndefined();
    expect(seen).not.toContain('connectionCheckedIn');
    fake(lease).reply();
    await runtime.settle();
    expect(waiter.value?.connection).toBe(lease.connection);
    expect(connector.connections).toHaveLength(1);
  });

  it('is closed where the reply did not come, and another one takes its place', async () => {
    const { pool, take, runtime, connector, seen } = poolFixture({ maxPoolSize: 1 });
    const lease = await take();
    fake(lease).giveUp();
    pool.checkIn(lease);
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    fake(lease).destroy();
    await runtime.advance(10);
    expect(seen.filter((name) => name === 'connectionClosed')).toHaveLength(1);
    expect(waiter.value?.connection.id).toBe(2);
    expect(connector.connections).toHaveLength(2);
  });

  it('cannot be returned twice', async () => {
    const { pool, take } = poolFixture();
    const lease = await take();
    fake(lease).giveUp();
    pool.checkIn(lease);
    expect(() => pool.checkIn(lease)).toThrow(/not checked out/);
  });

  it.each(['close', 'clear'] as const)('is closed at once by %s', async (method) => {
    const { pool, take, runtime, connector } = poolFixture();
    const [early, late] = [await take(), await take()];
    fake(early).giveUp();
    pool.checkIn(early);
    pool[method]();
    await runtime.settle();
    expect(fake(early).closed).toBe(true);
    fake(late).giveUp();
    pool.checkIn(late);
    await runtime.settle();
    expect(connector.open).toBe(0);
    expect(pool.stats().inUse).toBe(0);
  });
});

describe('a check-out under timeoutMS', () => {
  it('[TIME-5] ends with it, and says what the pool was busy with', async () => {
    const { pool, take, runtime } = poolFixture({ maxPoolSize: 1, waitQueueTimeoutMS: 10 });
    await take();
    const waiter = outcomeOf(pool.checkOut(operationDeadline(runtime, 100, undefined, undefined)));
    await runtime.advance(99);
    expect(waiter.error).toBeUndefined();
    await runtime.advance(1);
    expect(waiter.error).toBeInstanceOf(OperationTimeout);
    expect((waiter.error as Error).cause).toBeInstanceOf(WaitQueueTimeoutError);
    expect(String(waiter.error)).toContain('in use: 1');
  });

  it('[TIME-5] gets what the selection left of serverSelectionTimeoutMS', async () => {
    const { pool, take, runtime } = poolFixture({ maxPoolSize: 1 });
    await take();
    const deadline = operationDeadline(runtime, 0, undefined, undefined);
    const waiter = outcomeOf(pool.checkOut(deadline, { selectionEndsAt: runtime.now() + 30 }));
    await runtime.advance(29);
    expect(waiter.error).toBeUndefined();
    await runtime.advance(1);
    expect(waiter.error).toBeInstanceOf(WaitQueueTimeoutError);
  });

  it('without timeoutMS waitQueueTimeoutMS holds', async () => {
    const { pool, take, runtime } = poolFixture({ maxPoolSize: 1, waitQueueTimeoutMS: 10 });
    await take();
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE, { selectionEndsAt: runtime.now() + 5 }));
    await runtime.advance(9);
    expect(waiter.error).toBeUndefined();
    await runtime.advance(1);
    expect(waiter.error).toBeInstanceOf(WaitQueueTimeoutError);
  });
});
