import { describe, expect, it, jest } from '@jest/globals';
import { ObjectId } from 'bson';
import { deadlineAfter, NO_DEADLINE } from '../../lib/core/deadline.js';
import { AsyncMongoError } from '../../lib/core/errors/base.js';
import {
  ConnectionFailure,
  ExceededMaxWaiters,
  type PoolClearedError,
  ProtocolError,
  WaitQueueTimeoutError,
} from '../../lib/core/errors/connection.js';
import { hasErrorLabel, isNetworkError, isPoolCleared } from '../../lib/core/errors/predicates.js';
import type { Lease } from '../../lib/pool/lease.js';
import { refused } from '../support/fake-connector.js';
import { outcomeOf } from '../support/outcome.js';
import { poolFixture, type PoolFixture } from './pool-fixture.js';

describe('Pool', () => {
  it('[POOL-1] announces itself with the address of its server', () => {
    const { pool, seen } = poolFixture();
    expect(pool.address).toBe('h:27017');
    expect(seen.slice(0, 2)).toEqual(['connectionPoolCreated', 'connectionPoolReady']);
  });

  it('[POOL-2] reuses an idle connection before it opens another, and opens as many as are used at once', async () => {
    const { pool, connector, take, runtime } = poolFixture();
    for (let turn = 0; turn < 10; turn++) pool.checkIn(await take());
    expect(connector.connections).toHaveLength(1);
    const leases = Array.from({ length: 10 }, () => pool.checkOut(NO_DEADLINE));
    await runtime.advance(20);
    for (const lease of leases) pool.checkIn(await lease);
    expect(connector.connections).toHaveLength(10);
  });

  it('[POOL-3] hands out the connection that was returned last', async () => {
    const { pool, take } = poolFixture();
    const [first, second] = [await take(), await take()];
    pool.checkIn(second);
    pool.checkIn(first);
    const again = await take();
    expect(again.connection).toBe(first.connection);
    pool.checkIn(again);
    expect((await take()).connection).toBe(first.connection);
  });

  it('returns a lease without a promise when an idle connection is free', async () => {
    const { pool, take } = poolFixture();
    pool.checkIn(await take());
    const lease = pool.checkOut(NO_DEADLINE);
    expect(lease).not.toBeInstanceOf(Promise);
    expect((lease as Lease).connection.id).toBe(1);
  });

  it('[POOL-4] never has more connections than maxPoolSize', async () => {
    const { pool, connector, runtime } = poolFixture({ maxPoolSize: 3, maxConnecting: 5 });
    const pending = Array.from({ length: 20 }, () => pool.checkOut(NO_DEADLINE) as Promise<Lease>);
    for (const one of pending) {
      void one.then(async (lease) => {
        expect(connector.open + connector.pending).toBeLessThanOrEqual(3);
        await new Promise<void>((done) => runtime.setTimer(10, done));
        pool.checkIn(lease);
      });
    }
    await runtime.advance(200);
    await Promise.all(pending);
    expect(connector.connections).toHaveLength(3);
    expect(pool.stats()).toMatchObject({ inUse: 0, idle: 3, waiting: 0, connecting: 0 });
  });

  it('counts leases taken past the queue against the cap', async () => {
    const { pool, connector, take, runtime } = poolFixture({ maxPoolSize: 2 });
    for (const lease of [await take(), await take()]) pool.checkIn(lease);
    await runtime.settle();
    const fast = [pool.checkOut(NO_DEADLINE) as Lease, pool.checkOut(NO_DEADLINE) as Lease];
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.advance(50);
    expect(waiter.value).toBeUndefined();
    expect(connector.open).toBe(2);
    pool.checkIn(fast[0]!);
    await runtime.settle();
    expect(waiter.value?.connection).toBe(fast[0]!.connection);
  });

  it('[POOL-5] has no cap with maxPoolSize 0', async () => {
    const { pool, connector, runtime } = poolFixture({ maxPoolSize: 0 });
    const leases = Array.from({ length: 300 }, () => pool.checkOut(NO_DEADLINE));
    await runtime.advance(200);
    await Promise.all(leases);
    expect(connector.open).toBe(300);
  });

  it('[POOL-6] serves waiters first come first served', async () => {
    const { pool, take, runtime } = poolFixture({ maxPoolSize: 1 });
    const order: string[] = [];
    const held = await take();
    const waiters = ['A', 'B', 'C'].map(async (name) => {
      const lease = await pool.checkOut(NO_DEADLINE);
      order.push(name);
      pool.checkIn(lease);
    });
    pool.checkIn(held);
    await runtime.settle();
    await Promise.all(waiters);
    expect(order).toEqual(['A', 'B', 'C']);
  });

  it('[POOL-7] opens minPoolSize connections in the background', async () => {
    const { pool, runtime } = poolFixture({ minPoolSize: 3 });
    await runtime.advance(10);
    expect(pool.stats()).toMatchObject({ idle: 3, inUse: 0 });
  });

  it('[POOL-8] opens new connections when idle ones are lost', async () => {
    const { pool, connector, runtime } = poolFixture({ minPoolSize: 3 });
    await runtime.advance(10);
    connector.connections[0]!.breakDown();
    connector.connections[1]!.breakDown();
    await runtime.advance(10);
    expect(connector.connections).toHaveLength(5);
    expect(pool.stats().idle).toBe(3);
  });

  it('[POOL-8] tries again after a connection of the background could not be established', async () => {
    const { pool, connector, runtime, failures } = poolFixture({ minPoolSize: 1 });
    connector.failure = () => refused('h:27017');
    await runtime.advance(10);
    expect(failures).toHaveLength(1);
    connector.failure = () => undefined;
    await runtime.advance(1100);
    expect(pool.stats().idle).toBe(1);
  });

  it('takes a permit for the background fill, so that the cap holds', async () => {
    const { pool, connector, runtime } = poolFixture({ minPoolSize: 2, maxPoolSize: 2 });
    const leases = [1, 2, 3].map(() => outcomeOf(pool.checkOut(NO_DEADLINE)));
    await runtime.advance(50);
    expect(connector.open).toBe(2);
    expect(leases.map(({ value }) => value !== undefined)).toEqual([true, true, false]);
  });

  it('[POOL-10] closes a connection that was idle for maxIdleTimeMS', async () => {
    const { pool, events, take, runtime } = poolFixture({ maxIdleTimeMS: 50 });
    const reasons: string[] = [];
    events.on('connectionClosed', ({ reason }) => reasons.push(reason));
    pool.checkIn(await take());
    await runtime.advance(100);
    expect(reasons).toEqual(['idle']);
    expect((await take()).connection.id).toBe(2);
  });

  it('[POOL-10] replaces it where minPoolSize asks for it', async () => {
    const { pool, connector, runtime } = poolFixture({ maxIdleTimeMS: 50, minPoolSize: 1 });
    await runtime.advance(70);
    expect(connector.connections.length).toBeGreaterThan(1);
    expect(pool.stats().idle).toBe(1);
  });

  it('[POOL-10] grows old only while it is idle', async () => {
    const { pool, take, runtime } = poolFixture({ maxIdleTimeMS: 50 });
    const lease = await take();
    await runtime.advance(200);
    pool.checkIn(lease);
    expect((await take()).connection).toBe(lease.connection);
  });

  it('[POOL-11] establishes at most maxConnecting connections at a time', async () => {
    const { pool, connector, runtime } = poolFixture();
    connector.delayMS = 100;
    const leases = Array.from({ length: 50 }, () => pool.checkOut(NO_DEADLINE));
    let most = 0;
    for (let turn = 0; turn < 50; turn++) {
      most = Math.max(most, connector.pending);
      await runtime.advance(60);
    }
    await Promise.all(leases);
    expect(most).toBe(2);
  });

  it('[POOL-12] rejects a waiter after waitQueueTimeoutMS', async () => {
    const { pool, take, runtime } = poolFixture({ maxPoolSize: 1, waitQueueTimeoutMS: 100 });
    await take();
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.advance(99);
    expect(waiter.error).toBeUndefined();
    await runtime.advance(1);
    expect(waiter.error).toBeInstanceOf(WaitQueueTimeoutError);
    expect(waiter.error).toBeInstanceOf(ConnectionFailure);
    expect(isNetworkError(waiter.error)).toBe(false);
    expect(waiter.error.message).toContain('maxPoolSize: 1, in use: 1');
    expect(pool.stats().waiting).toBe(0);
  });

  it('limits waiting by waitQueueTimeoutMS, establishing only by the operation', async () => {
    const { pool, connector, runtime } = poolFixture({ waitQueueTimeoutMS: 100 });
    connector.delayMS = 500;
    const served = outcomeOf(pool.checkOut(NO_DEADLINE));
    const limited = outcomeOf(pool.checkOut(deadlineAfter(runtime, 200)));
    await runtime.advance(200);
    expect(limited.error.code).toBe('ERR_OPERATION_TIMEOUT');
    await runtime.advance(300);
    expect(served.value?.connection.id).toBe(1);
    expect(pool.stats()).toMatchObject({ inUse: 1, idle: 1, connecting: 0 });
  });

  it('[POOL-13] lets any number of operations wait', async () => {
    const { pool, take, runtime } = poolFixture({ maxPoolSize: 1 });
    const held = await take();
    let served = 0;
    const waiters = Array.from({ length: 10_000 }, async () => {
      const lease = await pool.checkOut(NO_DEADLINE);
      served++;
      pool.checkIn(lease);
    });
    expect(pool.stats().waiting).toBe(10_000);
    pool.checkIn(held);
    await runtime.settle();
    await Promise.all(waiters);
    expect(served).toBe(10_000);
  });

  it('[POOL-14] refuses the waiter after waitQueueMultiple times maxPoolSize', async () => {
    const { pool, runtime } = poolFixture({ maxPoolSize: 50, waitQueueMultiple: 10, maxConnecting: 50 });
    const accepted = Array.from({ length: 550 }, () => outcomeOf(pool.checkOut(NO_DEADLINE)));
    const refusedOne = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.settle();
    expect(refusedOne.error).toBeInstanceOf(ExceededMaxWaiters);
    expect(refusedOne.error).toBeInstanceOf(AsyncMongoError);
    expect(accepted.every(({ error }) => error === undefined)).toBe(true);
  });

  it('[POOL-14] has no such limit without a cap', async () => {
    const { pool, runtime } = poolFixture({ maxPoolSize: 0, waitQueueMultiple: 1, maxConnecting: 1 });
    const waiters = Array.from({ length: 50 }, () => outcomeOf(pool.checkOut(NO_DEADLINE)));
    await runtime.advance(100);
    expect(waiters.every(({ value }) => value !== undefined)).toBe(true);
  });

  it('[POOL-17] opens nothing without an operation', async () => {
    const { connector, runtime } = poolFixture();
    await runtime.advance(60_000);
    expect(connector.connections).toHaveLength(0);
  });

  it('[POOL-18] closes idle connections at once and others when they are returned', async () => {
    const { pool, connector, take } = poolFixture();
    const [busy, idle] = [await take(), await take()];
    pool.checkIn(idle);
    pool.close();
    expect(connector.connections.map(({ closed }) => closed)).toEqual([false, true]);
    pool.checkIn(busy);
    expect(connector.open).toBe(0);
  });

  it('fails waiters when it is closed, and every check-out afterwards', async () => {
    const { pool, take, runtime } = poolFixture({ maxPoolSize: 1 });
    await take();
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    pool.close();
    const later = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.settle();
    for (const { error } of [waiter, later]) expect(error.code).toBe('ERR_POOL_CLOSED');
    expect(isPoolCleared(later.error)).toBe(true);
  });

  it('stays closed', async () => {
    const { pool, runtime } = poolFixture();
    pool.close();
    pool.ready();
    pool.clear();
    pool.close();
    await runtime.settle();
    expect(pool.state).toBe('closed');
    expect(pool.generation).toBe(0);
  });

  it('aborts connections that are being established when it is closed', async () => {
    const { pool, connector, runtime } = poolFixture();
    connector.delayMS = Infinity;
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    pool.close();
    await runtime.settle();
    expect(waiter.error.code).toBe('ERR_POOL_CLOSED');
    expect(connector.pending).toBe(0);
  });

  it('fails waiters when it is cleared, with the failure that led to it as cause', async () => {
    const { pool, take, runtime } = poolFixture({ maxPoolSize: 1 });
    await take();
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    const cause = refused('h:27017');
    pool.clear({ error: cause });
    await runtime.settle();
    expect(isPoolCleared(waiter.error)).toBe(true);
    expect(waiter.error.cause).toBe(cause);
  });

  it('does not hand out a connection that was established while the pool was cleared', async () => {
    const { pool, connector, events, runtime } = poolFixture();
    const reasons: string[] = [];
    events.on('connectionClosed', ({ reason }) => reasons.push(reason));
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    pool.clear();
    pool.ready();
    await runtime.advance(5);
    expect(isPoolCleared(waiter.error)).toBe(true);
    expect(reasons).toEqual(['stale']);
    expect(connector.open).toBe(0);
  });

  it('interrupts connections in use when asked to, and reports them closed at check-in', async () => {
    const { pool, seen, take } = poolFixture();
    const lease = await take();
    pool.clear({ interruptInUse: true });
    expect(lease.connection.closed).toBe(true);
    expect(isPoolCleared(lease.connection.closeReason)).toBe(true);
    expect(seen.at(-1)).toBe('connectionPoolCleared');
    pool.checkIn(lease);
    expect(seen.slice(-2)).toEqual(['connectionCheckedIn', 'connectionClosed']);
  });

  it('closes a connection that comes back before its request is answered in full', async () => {
    const { pool, connector, take, events } = poolFixture();
    const reasons: string[] = [];
    events.on('connectionClosed', ({ reason }) => reasons.push(reason));
    const lease = await take();
    connector.connections[0]!.busy = true;
    pool.checkIn(lease);
    expect([lease.connection.closed, reasons]).toEqual([true, ['error']]);
  });

  it('gives each interrupted user an error of its own: a label put on one says nothing of the others', async () => {
    const { pool, take, runtime } = poolFixture();
    const [first, second] = [(await take()).connection, (await take()).connection];
    const [one, other] = [outcomeOf(pool.checkOut(NO_DEADLINE)), outcomeOf(pool.checkOut(NO_DEADLINE))];
    pool.clear({ interruptInUse: true });
    const reasons = [first.closeReason, second.closeReason] as [PoolClearedError, PoolClearedError];
    reasons[0].addErrorLabel('TransientTransactionError');
    expect(reasons[1].errorLabels).toEqual([]);
    await runtime.settle();
    (one.error as PoolClearedError).addErrorLabel('TransientTransactionError');
    expect((other.error as PoolClearedError).errorLabels).toEqual([]);
  });

  it('gives each whose connection was on the way when it closed an error of its own', async () => {
    const { pool, runtime } = poolFixture();
    const waiters = [outcomeOf(pool.checkOut(NO_DEADLINE)), outcomeOf(pool.checkOut(NO_DEADLINE))];
    pool.close();
    await runtime.settle();
    const [one, other] = waiters.map(({ error }) => error as unknown);
    expect([one, other]).toEqual([expect.any(Error), expect.any(Error)]);
    expect(one).not.toBe(other);
  });

  it('does not interrupt connections in use otherwise', async () => {
    const { pool, take } = poolFixture();
    const lease = await take();
    pool.clear();
    expect(lease.connection.closed).toBe(false);
    pool.checkIn(lease);
    expect(lease.connection.closed).toBe(true);
  });

  it('reports a connection it cannot establish once, and rejects with its error', async () => {
    const { pool, connector, failures, runtime } = poolFixture();
    connector.failure = () => refused('h:27017');
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.advance(5);
    expect(failures).toEqual([{ error: waiter.error, generation: 0, serviceId: undefined }]);
    connector.failure = () => undefined;
    const next = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.advance(5);
    expect(next.value?.connection.id).toBe(2);
  });

  it.each([
    ['tcp', undefined, true],
    ['hello', undefined, true],
    ['tls', 'ECONNRESET', true],
    ['tls', 'CERT_HAS_EXPIRED', false],
    ['dns', undefined, false],
    ['auth', undefined, false],
  ] as const)('labels a network error of phase %s (%s) as overload: %s', async (phase, code, labelled) => {
    const { pool, connector, runtime } = poolFixture();
    const cause = Object.assign(new Error('cause'), code === undefined ? {} : { code });
    connector.failure = () => new ConnectionFailure('failed', { phase, cause });
    const { error } = await (async () => {
      const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
      await runtime.advance(5);
      return waiter;
    })();
    expect(hasErrorLabel(error, 'SystemOverloadedError')).toBe(labelled);
    expect(hasErrorLabel(error, 'RetryableError')).toBe(labelled);
  });

  it('labels no answer that makes no sense as overload', async () => {
    const { pool, connector, runtime } = poolFixture();
    connector.failure = () => new ProtocolError('too old', { phase: 'hello' });
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.advance(5);
    expect(isNetworkError(waiter.error)).toBe(true);
    expect((waiter.error as AsyncMongoError).errorLabels).toEqual([]);
  });

  it('rejects with the reason of an aborted signal and forgets the waiter', async () => {
    const { pool, take, runtime } = poolFixture({ maxPoolSize: 1 });
    const held = await take();
    const controller = new AbortController();
    const waiter = outcomeOf(pool.checkOut(deadlineAfter(runtime, 0, controller.signal)));
    const next = outcomeOf(pool.checkOut(NO_DEADLINE));
    controller.abort('enough');
    await runtime.settle();
    expect(waiter.error).toBe('enough');
    expect(pool.stats().waiting).toBe(1);
    pool.checkIn(held);
    await runtime.settle();
    expect(next.value?.connection).toBe(held.connection);
  });

  it('refuses a deadline that is over before it queues', async () => {
    const { pool, runtime } = poolFixture();
    const waiter = outcomeOf(pool.checkOut(deadlineAfter(runtime, 0, AbortSignal.abort('before'))));
    await runtime.settle();
    expect(waiter.error).toBe('before');
    expect(pool.stats()).toMatchObject({ waiting: 0, connecting: 0 });
  });

  it('leaves no timer behind', async () => {
    const { pool, take, runtime } = poolFixture({
      waitQueueTimeoutMS: 1000,
      maxPoolSize: 1,
      maxIdleTimeMS: 5000,
    });
    const held = await take();
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    expect(runtime.pendingTimers.held).toBe(1);
    pool.checkIn(held);
    await runtime.settle();
    pool.checkIn(waiter.value!);
    expect(runtime.pendingTimers.held).toBe(0);
    pool.close();
    expect(runtime.pendingTimers.all).toBe(0);
  });

  it('refuses a lease twice, and one of another pool', async () => {
    const { pool, take } = poolFixture();
    const lease = await take();
    pool.checkIn(lease);
    expect(() => pool.checkIn(lease)).toThrow('not checked out');
    const other = await poolFixture().take();
    expect(() => pool.checkIn(other)).toThrow('not checked out');
    expect(pool.stats()).toMatchObject({ idle: 1, inUse: 0 });
  });

  it('passes a connection whose other end went away over', async () => {
    const { pool, connector, take } = poolFixture();
    pool.checkIn(await take());
    connector.connections[0]!.destroy(new Error('gone'));
    expect((await take()).connection.id).toBe(2);
  });

  it('keeps a generation for each service behind a load balancer', async () => {
    const { pool, connector, take, events } = poolFixture({ loadBalanced: true });
    const [one, two] = [new ObjectId(), new ObjectId()];
    const cleared: unknown[] = [];
    events.on('connectionPoolCleared', ({ serviceId }) => cleared.push(serviceId));
    connector.serviceId = () => one;
    const first = await take();
    connector.serviceId = () => two;
    const second = await take();
    pool.clear({ serviceId: one });
    expect(cleared).toEqual([one]);
    expect(pool.state).toBe('ready');
    expect([pool.generationOf(one), pool.generationOf(two)]).toEqual([1, 0]);
    pool.checkIn(first);
    pool.checkIn(second);
    expect([first.connection.closed, second.connection.closed]).toEqual([true, false]);
    expect(pool.generationOf(one)).toBe(0);
  });

  it('tells of a failed authentication with the service that was reached, in its generation', async () => {
    const { pool, connector, take, failures, runtime } = poolFixture({ loadBalanced: true });
    const serviceId = new ObjectId();
    connector.serviceId = () => serviceId;
    await take();
    pool.clear({ serviceId });
    connector.failure = () => new ConnectionFailure('failed', { phase: 'auth' });
    const failed = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.advance(5);
    expect(failures).toEqual([{ error: failed.error, generation: 1, serviceId }]);
    connector.failure = () => refused('h:27017');
    const unreached = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.advance(5);
    expect(failures[1]).toEqual({ error: unreached.error, generation: 0, serviceId: undefined });
  });

  it('hands out no connection whose service failed between handshake and the end of authentication', async () => {
    const serviceId = new ObjectId();
    const fixture: PoolFixture = poolFixture({
      loadBalanced: true,
      connect: async (request) => {
        const connection = await fixture.connector.connect(request);
        fixture.pool.clear({ serviceId });
        return connection;
      },
    });
    fixture.connector.serviceId = () => serviceId;
    const waiter = outcomeOf(fixture.pool.checkOut(NO_DEADLINE));
    await fixture.runtime.advance(5);
    expect(isPoolCleared(waiter.error)).toBe(true);
    expect(fixture.connector.open).toBe(0);
    expect(fixture.pool.generationOf(serviceId)).toBe(0);
  });

  it('tells behind a load balancer what keeps the connections from those who wait', async () => {
    const { pool, take, runtime } = poolFixture({
      loadBalanced: true,
      maxPoolSize: 3,
      waitQueueTimeoutMS: 5,
    });
    (await take()).heldFor = 'cursor';
    (await take()).heldFor = 'transaction';
    await take();
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.advance(5);
    expect((waiter.error as Error).message).toBe(
      'Timeout waiting for connection from the connection pool. maxPoolSize: 3, connections in use by cursors: 1, ' +
        'connections in use by transactions: 1, connections in use by other operations: 1',
    );
  });

  it('[PROC-4] uses no connection of another process, and says so once', async () => {
    let id = 1;
    const { pool, take } = poolFixture({ processId: () => id });
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    try {
      pool.checkIn(await take());
      id = 2;
      const lease = await take();
      pool.checkIn(lease);
      expect(lease.connection.id).toBe(2);
      expect((await take()).connection.id).toBe(2);
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      warn.mockRestore();
    }
  });

  it('tells how long check-outs waited', async () => {
    const { pool, take, runtime } = poolFixture({ maxPoolSize: 1 });
    const held = await take();
    const waiter = outcomeOf(pool.checkOut(NO_DEADLINE));
    await runtime.advance(30);
    pool.checkIn(held);
    await runtime.settle();
    expect(waiter.value).toBeDefined();
    expect(pool.stats()).toMatchObject({ waitP50MS: 1, waitP99MS: 30 });
  });
});
