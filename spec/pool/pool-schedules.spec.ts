import { describe, expect, it } from '@jest/globals';
import { deadlineAfter, type Deadline } from '../../lib/core/deadline.js';
import type { Lease } from '../../lib/pool/lease.js';
import { refused } from '../support/fake-connector.js';
import { poolFixture, type PoolFixture } from './pool-fixture.js';
import { fc } from '../support/property.js';

interface Waiter {
  readonly order: number;
  readonly controller: AbortController;
  lease?: Lease;
  settled: boolean;
}

type Step =
  | { readonly do: 'checkOut'; readonly timeoutMS: number }
  | { readonly do: 'checkIn' | 'break' | 'abort'; readonly which: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'connecting'; readonly how: 'quick' | 'slow' | 'fails' }
  | { readonly do: 'clear'; readonly interruptInUse: boolean }
  | { readonly do: 'ready' };

const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('checkOut' as const), timeoutMS: fc.constantFrom(0, 0, 3, 20) }),
  },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('checkIn' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('break' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), which }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(12) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('connecting' as const),
      how: fc.constantFrom('quick', 'slow', 'fails'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), interruptInUse: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ do: 'ready' as const }) },
);

const settings = fc.record({
  maxPoolSize: fc.constantFrom(0, 1, 2, 5),
  minPoolSize: fc.constantFrom(0, 0, 1),
  maxConnecting: fc.constantFrom(1, 2, 3),
  maxIdleTimeMS: fc.constantFrom(0, 8),
  waitQueueTimeoutMS: fc.constantFrom(0, 0, 10),
});

class Schedule {
  readonly #fixture: PoolFixture;
  readonly #cap: number;
  readonly #maxConnecting: number;
  readonly #waiters: Waiter[] = [];
  readonly #disorder: string[] = [];

  constructor(fixture: PoolFixture, cap: number, maxConnecting: number) {
    this.#fixture = fixture;
    this.#cap = cap === 0 ? Infinity : cap;
    this.#maxConnecting = maxConnecting;
  }

  get #out(): Waiter[] {
    return this.#waiters.filter(({ lease }) => lease !== undefined);
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const one of steps) {
      this.#perform(one);
      // Not every step is let settle: the next one may fall into the middle of what this one caused.
      if (one.do === 'advance') await this.#fixture.runtime.advance(one.ms);
      this.#check();
    }
    await this.#finish();
  }

  #perform(one: Step): void {
    const { pool, connector } = this.#fixture;
    switch (one.do) {
      case 'checkOut':
        return this.#checkOut(one.timeoutMS);
      case 'checkIn':
        return this.#checkIn(this.#out[one.which % Math.max(1, this.#out.length)]);
      case 'break':
        return connector.connections[one.which % Math.max(1, connector.connections.length)]?.breakDown();
      case 'abort':
        return this.#waiters[one.which % Math.max(1, this.#waiters.length)]?.controller.abort(
          new Error('aborted'),
        );
      case 'connecting':
        connector.delayMS = one.how === 'slow' ? 15 : 1;
        connector.failure = () => (one.how === 'fails' ? refused('h:27017') : undefined);
        return;
      case 'clear':
        return pool.clear({ interruptInUse: one.interruptInUse });
      case 'ready':
        return pool.ready();
      case 'advance':
    }
  }

  #checkOut(timeoutMS: number): void {
    const { pool, runtime } = this.#fixture;
    const waiter: Waiter = { order: this.#waiters.length, controller: new AbortController(), settled: false };
    this.#waiters.push(waiter);
    const deadline: Deadline = deadlineAfter(runtime, timeoutMS, waiter.controller.signal);
    const served = (lease: Lease): void => {
      waiter.settled = true;
      waiter.lease = lease;
    };
    const inLine = pool.stats().waiting;
    const result = pool.checkOut(deadline);
    if (!(result instanceof Promise)) {
      // Whoever is served past the line finds it empty.
      expect(inLine).toBe(0);
      served(result);
      return;
    }
    result.then(
      (lease) => {
        served(lease);
        this.#checkOrder(waiter);
      },
      () => {
        waiter.settled = true;
      },
    );
  }

  /** Whoever came earlier and has nothing yet is having a connection established. */
  #checkOrder(served: Waiter): void {
    const overtaken = this.#waiters.filter(({ order, settled }) => order < served.order && !settled);
    if (overtaken.length > this.#maxConnecting) this.#disorder.push(`${String(served.order)} came too early`);
  }

  #checkIn(waiter: Waiter | undefined): void {
    if (waiter?.lease === undefined) return;
    const { lease } = waiter;
    delete waiter.lease;
    this.#fixture.pool.checkIn(lease);
  }

  #check(): void {
    const { connector, pool } = this.#fixture;
    const stats = pool.stats();
    expect(this.#disorder).toEqual([]);
    expect(connector.open + connector.pending).toBeLessThanOrEqual(this.#cap);
    expect(connector.pending).toBeLessThanOrEqual(this.#maxConnecting);
    expect(stats.connecting).toBeLessThanOrEqual(connector.pending);
    expect(stats.inUse + stats.idle + stats.connecting).toBeLessThanOrEqual(this.#cap);
    const ids = this.#out.map(({ lease }) => lease!.connection.id);
    expect(new Set(ids).size).toBe(ids.length);
  }

  /** When everything came to rest, nothing is left: no lease, no waiter, no timer, and the whole cap can be had again. */
  async #finish(): Promise<void> {
    const { connector, pool, runtime } = this.#fixture;
    connector.failure = () => undefined;
    connector.delayMS = 1;
    pool.ready();
    for (let turn = 0; turn < 200 && this.#waiters.some(({ settled, lease }) => !settled || lease); turn++) {
      for (const waiter of this.#out) this.#checkIn(waiter);
      await runtime.advance(20);
      this.#check();
    }
    expect(this.#waiters.every(({ settled }) => settled)).toBe(true);
    await runtime.advance(20);
    expect(pool.stats()).toMatchObject({ inUse: 0, waiting: 0, connecting: connector.pending });
    expect(pool.stats().idle).toBe(connector.open);
    expect(runtime.pendingTimers.held).toBe(0);
    const whole = Array.from({ length: Math.min(this.#cap, 6) }, () =>
      pool.checkOut(deadlineAfter(runtime, 5000)),
    );
    await runtime.advance(100);
    for (const lease of await Promise.all(whole)) pool.checkIn(lease);
    pool.close();
    await runtime.settle();
    expect(connector.open).toBe(0);
    expect(runtime.pendingTimers.all).toBe(0);
  }
}

describe('Pool under random schedules', () => {
  it('[POOL-4] [POOL-6] [POOL-11] keeps the cap, the order and the second gate, and loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { minLength: 5, maxLength: 80 }), async (options, steps) => {
        const schedule = new Schedule(poolFixture(options), options.maxPoolSize, options.maxConnecting);
        await schedule.run(steps);
      }),
      { numRuns: Number(process.env['POOL_SCHEDULES'] ?? 300), endOnFailure: false },
    );
  }, 120_000);
});
