import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../lib/connection/connection.js';
import { NO_DEADLINE } from '../../lib/core/deadline.js';
import { deferred, type Deferred } from '../../lib/core/deferred.js';
import { outcomeOf } from '../support/outcome.js';
import { poolFixture } from './pool-fixture.js';

/** A pool with two idle connections, and what each of them answers when it is asked. */
const withIdle = async (settings: Parameters<typeof poolFixture>[0] = {}) => {
  const asked = new Map<number, Deferred<boolean>>();
  const fixture = poolFixture({
    isAlive: ({ id }: Connection) => {
      const answer = deferred<boolean>();
      asked.set(id, answer);
      return answer.promise;
    },
    ...settings,
  });
  const leases = [await fixture.take(), await fixture.take()];
  for (const lease of leases) fixture.pool.checkIn(lease);
  await fixture.runtime.settle();
  return { ...fixture, asked };
};

describe('idle connections of a process that stood still', () => {
  it('are lent once they have answered', async () => {
    const { pool, asked, runtime, connector } = await withIdle({ maxPoolSize: 2 });
    pool.verifyIdle();
    const lease = outcomeOf(Promise.resolve(pool.checkOut(NO_DEADLINE)));
    await runtime.advance(100);
    expect(lease.value).toBeUndefined();
    asked.get(2)?.resolve(true);
    await runtime.settle();
    expect(lease.value?.connection.id).toBe(2);
    asked.get(1)?.resolve(true);
    await runtime.settle();
    expect(pool.stats()).toMatchObject({ inUse: 1, idle: 1, connecting: 0 });
    expect(connector.connections).toHaveLength(2);
  });

  it('are replaced where they have died', async () => {
    const { pool, asked, runtime, connector, seen } = await withIdle({ maxPoolSize: 2, minPoolSize: 1 });
    pool.verifyIdle();
    const lease = outcomeOf(Promise.resolve(pool.checkOut(NO_DEADLINE)));
    for (const answer of asked.values()) answer.resolve(false);
    await runtime.advance(1);
    expect(lease.value?.connection.id).toBe(3);
    expect(connector.connections.slice(0, 2).every(({ closed }) => closed)).toBe(true);
    expect(seen.filter((name) => name === 'connectionClosed')).toHaveLength(2);
    expect(connector.open).toBeLessThanOrEqual(2);
  });

  it('count towards maxPoolSize while they are examined', async () => {
    const { pool, asked, runtime, connector } = await withIdle({ maxPoolSize: 2 });
    const busy = await Promise.resolve(pool.checkOut(NO_DEADLINE));
    pool.verifyIdle();
    const waiting = [1, 2, 3].map(() => outcomeOf(Promise.resolve(pool.checkOut(NO_DEADLINE))));
    await runtime.advance(100);
    expect(connector.open).toBe(2);
    pool.checkIn(busy);
    asked.get(1)?.resolve(false);
    await runtime.advance(100);
    expect(connector.open).toBe(2);
    expect(waiting.filter(({ value }) => value !== undefined)).toHaveLength(2);
  });

  it('are gone with the pool, and cleared with it', async () => {
    const closing = await withIdle();
    closing.pool.verifyIdle();
    closing.pool.close();
    expect(closing.connector.open).toBe(0);
    const clearing = await withIdle();
    clearing.pool.verifyIdle();
    clearing.pool.clear();
    for (const answer of clearing.asked.values()) answer.resolve(true);
    await clearing.runtime.settle();
    expect(clearing.connector.open).toBe(0);
    expect(clearing.pool.stats().idle).toBe(0);
  });

  it('are examined before a check-out that comes before the timer of the watch', async () => {
    const wakes: (() => void)[] = [];
    const { pool, asked, runtime } = await withIdle({ wakeWatch: { look: () => wakes[0]?.() } });
    wakes.push(() => pool.verifyIdle());
    const lease = outcomeOf(Promise.resolve(pool.checkOut(NO_DEADLINE)));
    wakes.length = 0;
    await runtime.settle();
    expect(asked.size).toBe(2);
    asked.get(1)?.resolve(true);
    await runtime.settle();
    expect(lease.value?.connection.id).toBe(1);
  });
});
