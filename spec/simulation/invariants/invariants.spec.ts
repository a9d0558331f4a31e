import { BSON, Binary, Long } from 'bson';
import { EventEmitter } from 'eventemitter3';
import { describe, expect, it, jest } from '@jest/globals';
import { AsyncCollection } from '../../../lib/client/async-collection.js';
import type { AsyncMongoClient } from '../../../lib/client/async-mongo-client.js';
import { deferred } from '../../../lib/core/deferred.js';
import { OperationTimeout } from '../../../lib/core/errors/connection.js';
import type { Lease } from '../../../lib/pool/lease.js';
import type { ServerType } from '../../../lib/topology/description/topology-types.js';
import { VirtualRuntime } from '../../support/virtual-runtime.js';
import { WireWatch } from '../network/wire-watch.js';
import { playCaller } from '../caller.js';
import type { Call, Schedule } from '../schedule.js';
import type { SimulatedClient } from '../simulated-client.js';
import { watchProcess } from '../watch-process.js';
import { World } from '../world.js';
import { Bank } from './bank.js';
import { Judge, type Invariant } from './breach.js';
import { checkConvergence } from './convergence.js';
import { Deadlines } from './deadlines.js';
import { checkDeploymentLeftovers, checkLeftovers } from './leftovers.js';
import { Ledger } from './ledger.js';
import { PoolCounts } from './pool-counts.js';
import { watchOrder } from './pool-order.js';
import { watchPools } from './pool-watch.js';
import { checkStream, StreamRecord } from './stream-watch.js';
import { TransactionWatch } from './transaction-watch.js';

/** Which invariant is broken by what `happen` has a judge told. */
const brokenBy = (happen: (judge: Judge) => void): Invariant | undefined => {
  const judge = new Judge();
  happen(judge);
  return judge.breach?.invariant;
};

describe('Money', () => {
  const opened = (judge: Judge) => {
    const bank = new Bank(judge, 2);
    const transfer = bank.begin('caller', 0, 5);
    return { bank, transfer, row: { _id: transfer.id } };
  };
  const accounts = (first: number, second: number) => [
    { _id: 0, balance: first },
    { _id: 1, balance: second },
  ];

  it.each<[string, Invariant | undefined, (at: ReturnType<typeof opened>) => void]>([
    ['that is all there', undefined, ({ bank }) => bank.checkSnapshot('a', accounts(95, 105))],
    ['half of a transfer', 'money is conserved', ({ bank }) => bank.checkSnapshot('a', accounts(95, 100))],
    [
      'a missing account',
      'money is conserved',
      ({ bank }) => bank.checkSnapshot('a', accounts(200, 0).slice(1)),
    ],
    [
      'a transfer without effect',
      'applied at most once',
      ({ bank, row }) => bank.audit(accounts(100, 100), [row]),
    ],
    [
      'a transfer that counts twice',
      'applied at most once',
      ({ bank, row }) => bank.audit(accounts(90, 110), [row]),
    ],
    ['an unknown outcome', undefined, ({ bank }) => bank.audit(accounts(100, 100), [])],
    [
      'a committed transfer that is lost',
      'nothing lost',
      ({ bank, transfer }) => {
        transfer.state = 'committed';
        bank.audit(accounts(100, 100), []);
      },
    ],
    [
      'an aborted transfer that is there',
      'money is conserved',
      ({ bank, transfer, row }) => {
        transfer.state = 'aborted';
        bank.audit(accounts(95, 105), [row]);
      },
    ],
  ])('%s', (_what, invariant, happen) => {
    expect(brokenBy((judge) => happen(opened(judge)))).toBe(invariant);
  });
});

describe('Documents', () => {
  const audit = (prepare: (ledger: Ledger, id: string) => readonly object[]): Invariant | undefined =>
    brokenBy((judge) => {
      const ledger = new Ledger(judge);
      const entry = ledger.add('caller');
      entry.state = 'present';
      entry.least = 1;
      entry.most = 2;
      ledger.audit(prepare(ledger, entry.id) as Record<string, unknown>[]);
    });

  it.each<[string, Invariant | undefined, (id: string) => readonly object[]]>([
    ['as they were acknowledged', undefined, (_id) => [{ _id, caller: 'caller', v: 1 }]],
    ['lost', 'nothing lost', () => []],
    ['with a lost increment', 'nothing lost', (_id) => [{ _id, caller: 'caller', v: 0 }]],
    ['with one too many', 'applied at most once', (_id) => [{ _id, caller: 'caller', v: 3 }]],
    ['of somebody else', 'own documents only', (_id) => [{ _id, caller: 'other', v: 1 }]],
  ])('%s', (_what, invariant, documents) => {
    expect(audit((_ledger, id) => documents(id))).toBe(invariant);
  });

  it('that were deleted and are there', () => {
    const broken = audit((ledger, id) => {
      ledger.entries.get(id)!.state = 'absent';
      return [{ _id: id, caller: 'caller', v: 1 }];
    });
    expect(broken).toBe('nothing lost');
  });

  it('that a read of a request does not see', () => {
    expect(brokenBy((judge) => new Ledger(judge).checkRequest('caller', ['a', 'b'], [{ _id: 'a' }]))).toBe(
      'requests see their writes',
    );
  });
});

describe('Changes', () => {
  const check = (given: readonly string[], isComplete = true): Invariant | undefined =>
    brokenBy((judge) => {
      const record = new StreamRecord('watcher');
      record.start = '1';
      record.given = [...given];
      checkStream(judge, record, ['1', '2', '3', '4'], isComplete);
    });

  it('arrive once and in order', () => {
    const broken: Invariant = 'every change once and in order';
    expect(check(['2', '3', '4'])).toBeUndefined();
    expect(check(['2', '4'])).toBe(broken);
    expect(check(['2', '2', '3', '4'])).toBe(broken);
    expect(check(['3', '2', '4'])).toBe(broken);
    expect(check(['2', '3', '4', '5'])).toBe(broken);
    expect(check(['2', '3'])).toBe(broken);
    expect(check(['2', '3'], false)).toBeUndefined();
  });

  it('are given again behind the stored token, not before it', () => {
    const record = new StreamRecord('watcher');
    record.given = ['2', '3', '4'];
    record.stored = '3';
    record.beginAnew();
    expect(record.given).toEqual(['2', '3']);
  });
});

const message = (requestId: number, responseTo: number, body: object): Buffer => {
  const document = BSON.serialize(body);
  const bytes = Buffer.alloc(21 + document.length);
  bytes.writeInt32LE(bytes.length, 0);
  bytes.writeInt32LE(requestId, 4);
  bytes.writeInt32LE(responseTo, 8);
  bytes.writeInt32LE(2013, 12);
  bytes.set(document, 21);
  return bytes;
};

describe('The wire', () => {
  const broken = (happen: (wire: WireWatch) => void): Invariant | undefined =>
    brokenBy((judge) => {
      const complain = (what: string): void => judge.complain('one request per connection', what);
      happen(new WireWatch('client', complain, new TransactionWatch(judge)));
    });
  const begin = (requestId: number, txnNumber: number): Buffer =>
    message(requestId, 0, {
      insert: 'c',
      lsid: { id: new Binary(Buffer.alloc(16, 7), 4) },
      txnNumber: Long.fromNumber(txnNumber),
      startTransaction: true,
    });

  it('a request and its reply', () => {
    const outcome = broken((wire) => {
      wire.sent(message(1, 0, { ping: 1 }));
      wire.received(message(100, 1, { ok: 1 }));
      wire.sent(message(2, 0, { ping: 1 }));
    });
    expect(outcome).toBeUndefined();
  });

  it('a second request, and a reply to another', () => {
    expect(
      broken((wire) => {
        wire.sent(message(1, 0, { ping: 1 }));
        wire.sent(message(2, 0, { ping: 1 }));
      }),
    ).toBe('one request per connection');
    expect(
      broken((wire) => {
        wire.sent(message(1, 0, { ping: 1 }));
        wire.received(message(100, 2, { ok: 1 }));
      }),
    ).toBe('one request per connection');
  });

  it('a transaction that is begun twice', () => {
    const twice = (second: number) =>
      broken((wire) => {
        wire.sent(begin(1, 1));
        wire.received(message(100, 1, { ok: 1 }));
        wire.sent(begin(2, second));
      });
    expect(twice(2)).toBeUndefined();
    expect(twice(1)).toBe('one startTransaction');
  });
});

describe('Pools', () => {
  type PoolEvent =
    'connectionCreated' | 'connectionReady' | 'connectionCheckOutStarted' | 'connectionCheckedOut';

  const broken = (options: object, events: readonly (readonly [PoolEvent, number])[]) =>
    brokenBy((judge) => {
      const client = Object.assign(new EventEmitter(), {
        options: { maxPoolSize: 2, maxConnecting: 2, ...options },
      });
      watchPools(client as unknown as AsyncMongoClient, 'client', judge);
      for (const [name, connectionId] of events) client.emit(name, { address: 'a:1', connectionId });
    });

  it('with as many connections as they may have, and with one more', () => {
    const two = [
      ['connectionCreated', 1],
      ['connectionReady', 1],
      ['connectionCreated', 2],
    ] as const;
    expect(broken({}, two)).toBeUndefined();
    expect(broken({}, [...two, ['connectionCreated', 3]])).toBe('pool cap');
    expect(broken({ maxPoolSize: 0 }, [...two, ['connectionCreated', 3]])).toBeUndefined();
  });

  it('with one handshake too many', () => {
    const handshakes = [
      ['connectionCreated', 1],
      ['connectionCreated', 2],
    ] as const;
    expect(broken({}, handshakes)).toBeUndefined();
    expect(broken({ maxConnecting: 1 }, handshakes)).toBe('pool cap');
  });

  it('that lend one connection twice', () => {
    const lent = [
      ['connectionCreated', 1],
      ['connectionReady', 1],
      ['connectionCheckOutStarted', 0],
      ['connectionCheckedOut', 1],
    ] as const;
    expect(broken({}, lent)).toBeUndefined();
    expect(broken({}, [...lent, ['connectionCheckOutStarted', 0], ['connectionCheckedOut', 1]])).toBe(
      'pool cap',
    );
  });

  const lease = (id: number): Lease => ({ connection: { id } }) as Lease;

  it.each([
    ['serve the first first', [0, 1], 0, undefined],
    ['serve the second first', [1, 0], 0, 'pool order'],
    ['serve the second first, while a connection for the first is on its way', [1, 0], 1, undefined],
  ])('%s', async (_what, served, connecting, invariant) => {
    const judge = new Judge();
    const counts = new PoolCounts('a:1');
    counts.connectingAtService.set(1, connecting);
    const pool = {
      counts,
      complain: (message: string) => judge.complain('pool order', message),
      tickets: new Set<object>(),
    };
    const waiting = [deferred<Lease>(), deferred<Lease>()];
    for (const { promise } of waiting) watchOrder(pool, promise);
    for (const place of served) {
      waiting[place]!.resolve(lease(1));
      await waiting[place]!.promise;
    }
    expect(judge.breach?.invariant).toBe(invariant);
  });

  it('serve a newcomer at once while somebody waits', () => {
    const broken = brokenBy((judge) => {
      const counts = new PoolCounts('a:1');
      counts.waiting = 1;
      const complain = (message: string): void => judge.complain('pool order', message);
      watchOrder({ counts, complain, tickets: new Set() }, lease(1));
    });
    expect(broken).toBe('pool order');
  });
});

describe('A client', () => {
  const schedule: Schedule = {
    seed: 1,
    minutes: 1,
    deployment: { topology: 'standalone', members: [{}], version: '8.0' },
    network: { latencyMS: 1, jitterMS: 0 },
    clients: [],
    accounts: 0,
    callers: [],
    watchers: [],
    faults: [],
  };
  const begin = async () => {
    const world = new World(schedule);
    await world.start(schedule);
    return { world, client: world.addClient('client', { options: {} }) };
  };

  it('that sees another deployment than there is', async () => {
    const { world, client } = await begin();
    const { address } = world.network.hosts[0]!;
    const truth = (serverType: ServerType) =>
      ({ topologyType: 'Single', servers: new Map([[address, serverType]]) }) as const;
    void client.client.connect();
    await world.advance(1_000);
    checkConvergence(world, client, truth('Standalone'));
    expect(world.judge.breach).toBeUndefined();
    checkConvergence(world, client, truth('Mongos'));
    expect(world.judge.breach?.invariant).toBe('description converges');
    void client.close();
    await world.time.advance(1_000);
  });

  it.each<[string, Invariant | undefined, (client: SimulatedClient) => unknown]>([
    ['that leaves nothing', undefined, () => undefined],
    [
      'that leaves a timer',
      'nothing left open',
      ({ runtime }) => runtime.setTimer(1_000_000, () => undefined),
    ],
    [
      'that leaves a connection',
      'nothing left open',
      ({ runtime, client }) => {
        const { host, port } = client.options.hosts[0]!;
        return runtime.connect({ host, port: port! });
      },
    ],
    [
      'that leaves a call',
      'nothing left open',
      ({ deadlines }) => deadlines.within(1_000_000, 'a call', new Promise(() => undefined)),
    ],
    [
      'that leaves a listener',
      'nothing left open',
      ({ signals }) => {
        const { signal } = new AbortController();
        signal.addEventListener('abort', () => undefined);
        signals.push(['a call', signal]);
      },
    ],
  ])('%s', async (_what, invariant, leave) => {
    const { world, client } = await begin();
    void leave(client);
    void client.close();
    await world.advance(10_000);
    checkLeftovers(world, client);
    expect(world.judge.breach?.invariant).toBe(invariant);
  });

  it('whose deployment stays open', async () => {
    const { world } = await begin();
    checkDeploymentLeftovers(world);
    expect(world.judge.breach?.invariant).toBe('nothing left open');
  });

  it.each<[string, Invariant | undefined, Error]>([
    ['that tells of a deadline', undefined, new OperationTimeout('too late')],
    ['that tells of an error of the engine', 'errors of its own', new TypeError('x is not a function')],
  ])('%s', async (_what, invariant, error) => {
    const { world, client } = await begin();
    jest.spyOn(AsyncCollection.prototype, 'findOne').mockRejectedValueOnce(error);
    const call: Call = { kind: 'findOne', pauseMS: 0, timeoutMS: 50, size: 1, pick: 0, w: 1 };
    const caller = playCaller(world, 'caller', { client: 0, startMS: 0, calls: [call] }, client);
    await world.time.advance(100);
    await caller;
    expect(world.judge.breach?.invariant).toBe(invariant);
    void client.close();
    await world.time.advance(1_000);
  });
});

describe('The process', () => {
  it.each<[string, () => unknown]>([
    [
      'told of a rejection without a handler',
      () => process.emit('unhandledRejection', new Error('lost'), Promise.resolve()),
    ],
    ['told of a warning', () => process.emit('warning', new Error('too many listeners'))],
  ])('%s', (_what, happen) => {
    const broken = brokenBy((judge) => {
      const unwatch = watchProcess(judge);
      happen();
      unwatch();
    });
    expect(broken).toBe('nothing unhandled');
  });
});

describe('Deadlines', () => {
  it('of what never settles', async () => {
    const runtime = new VirtualRuntime();
    const judge = new Judge();
    const deadlines = new Deadlines(runtime, judge);
    void deadlines.within(100, 'a call', new Promise(() => undefined));
    await runtime.advance(100);
    deadlines.checkAll();
    expect(judge.breach).toBeUndefined();
    await runtime.advance(1);
    deadlines.checkAll();
    expect(judge.breach?.invariant).toBe('settled within the deadline');
  });
});
