import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { Long, ObjectId } from 'bson';
import type { Document } from '../../lib/bson/document.js';
import { deadlineAfter, NO_DEADLINE } from '../../lib/core/deadline.js';
import {
  ConnectionFailure,
  NetworkTimeout,
  ServerSelectionTimeoutError,
} from '../../lib/core/errors/connection.js';
import { isNetworkError } from '../../lib/core/errors/predicates.js';
import { NotPrimaryError, OperationFailure } from '../../lib/core/errors/server.js';
import { ReadPreference } from '../../lib/options/read-preference.js';
import type { Server } from '../../lib/topology/server.js';
import { WRITABLE_SELECTOR, type ServerSelector } from '../../lib/topology/selection/server-selector.js';
import { outcomeOf } from '../support/outcome.js';
import {
  discoverSet,
  member,
  mongos,
  networkError,
  SET_HOSTS,
  standalone,
  topologyFixture,
  type TopologyFixture,
} from './topology-fixture.js';

const READ_SECONDARY: ServerSelector = { kind: 'read', readPreference: ReadPreference.SECONDARY };

describe('Topology', () => {
  describe('description', () => {
    it('[TOPO-10] lists the configured hosts before anything was asked', () => {
      const { topology, monitors } = topologyFixture({ seeds: ['a:27017', 'b:27017'] });
      expect(topology.description.topologyType).toBe('Unknown');
      expect([...topology.description.servers.keys()]).toEqual(['a:27017', 'b:27017']);
      expect(monitors.checks).toEqual([]);
    });

    it('[TOPO-9] has an id, a type and its name, and address, type and round trip of each server', async () => {
      const fixture = topologyFixture();
      await discoverSet(fixture);
      const { description } = fixture.topology;
      expect(description.id).toBeInstanceOf(ObjectId);
      expect(description.topologyType).toBe('ReplicaSetWithPrimary');
      expect(description.topologyTypeName).toBe('ReplicaSetWithPrimary');
      for (const [address, server] of description.servers) {
        expect(server.address).toBe(address);
        expect(server.serverType).toBe(address === 'a:27017' ? 'RSPrimary' : 'RSSecondary');
        expect(server.roundTripTime).toBe(1);
      }
      const text = inspect(description);
      expect(text).toContain('topologyType: ReplicaSetWithPrimary');
      expect(text).toContain(
        'ServerDescription(address: b:27017, serverType: RSSecondary, roundTripTime: 1.0 ms',
      );
      await fixture.topology.close();
    });

    it('[TOPO-8] never changes; another one shows what is new', async () => {
      const fixture = topologyFixture();
      await discoverSet(fixture);
      const { topology, monitors, runtime } = fixture;
      const before = topology.description;
      const primary = before.servers.get('a:27017')!;
      expect(() => Object.assign(before, { topologyType: 'Single' })).toThrow(TypeError);
      expect(() => Object.assign(primary, { serverType: 'Mongos' })).toThrow(TypeError);
      expect(() => (primary.hosts as string[]).push('x')).toThrow(TypeError);
      expect('set' in before.servers).toBe(false);
      topology.requestCheck();
      await runtime.advance(500);
      await monitors.answer('b:27017', member('primary', { setVersion: 2, electionId: new ObjectId() }));
      expect(before.servers.get('a:27017')!.serverType).toBe('RSPrimary');
      expect(topology.description.servers.get('b:27017')!.serverType).toBe('RSPrimary');
      expect(topology.description.servers.get('a:27017')!.serverType).toBe('Unknown');
      await topology.close();
    });

    it('is awaited by those who want the next one', async () => {
      const { topology, monitors, runtime } = topologyFixture();
      topology.start();
      const first = topology.description;
      const next = outcomeOf(topology.nextDescription(first, NO_DEADLINE));
      await runtime.settle();
      expect(next.value).toBeUndefined();
      await monitors.answer('a:27017', standalone());
      expect(next.value).toBe(topology.description);
      expect(await topology.nextDescription(first, NO_DEADLINE)).toBe(topology.description);
      const last = outcomeOf(topology.nextDescription(topology.description, NO_DEADLINE));
      await topology.close();
      expect(last.error.message).toBe('The client is closed');
      await expect(topology.nextDescription(topology.description, NO_DEADLINE)).rejects.toThrow('closed');
    });
  });

  describe('select', () => {
    it('returns a server without a promise when one is known', async () => {
      const { topology, monitors } = topologyFixture();
      topology.start();
      await monitors.answer('a:27017', standalone());
      const server = topology.select(WRITABLE_SELECTOR, NO_DEADLINE);
      expect(server).not.toBeInstanceOf(Promise);
      expect((server as Server).address).toBe('a:27017');
      await topology.close();
    });

    it('starts discovery and resolves as soon as a server is found', async () => {
      const { topology, monitors, runtime } = topologyFixture({ seeds: SET_HOSTS, replicaSet: 'rs' });
      const selected = outcomeOf(topology.select(READ_SECONDARY, NO_DEADLINE));
      await runtime.settle();
      await monitors.answer('b:27017', member('secondary'));
      expect(selected.value?.address).toBe('b:27017');
      expect(selected.value?.pool.state).toBe('ready');
      await topology.close();
    });

    it('[TIME-3] rejects after serverSelectionTimeoutMS and says why for each server', async () => {
      const { topology, monitors, runtime } = topologyFixture({ serverSelectionTimeoutMS: 200 });
      const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
      await runtime.settle();
      await monitors.answer('a:27017', networkError('a:27017'));
      await runtime.advance(199);
      expect(selected.error).toBeUndefined();
      await runtime.advance(1);
      expect(selected.error).toBeInstanceOf(ServerSelectionTimeoutError);
      expect(isNetworkError(selected.error)).toBe(false);
      expect(selected.error.timeout).toBe(true);
      expect(selected.error.topologyDescription).toBe(topology.description);
      expect(selected.error.message).toContain('a:27017: tcp: connect ECONNREFUSED');
      expect(runtime.pendingTimers.held).toBe(0);
      await topology.close();
    });

    it('ends at the deadline of the operation where that is earlier, and by its signal', async () => {
      const { topology, runtime } = topologyFixture();
      const limited = outcomeOf(topology.select(WRITABLE_SELECTOR, deadlineAfter(runtime, 100)));
      const controller = new AbortController();
      const aborted = outcomeOf(
        topology.select(WRITABLE_SELECTOR, deadlineAfter(runtime, 0, controller.signal)),
      );
      const before = outcomeOf(
        topology.select(WRITABLE_SELECTOR, deadlineAfter(runtime, 0, AbortSignal.abort('no'))),
      );
      controller.abort('enough');
      await runtime.advance(100);
      expect(limited.error).toBeInstanceOf(ServerSelectionTimeoutError);
      expect(aborted.error).toBe('enough');
      expect(before.error).toBe('no');
      await topology.close();
    });

    it('[TIME-4] finds a server that comes up while it waits, without waiting for the next heartbeat', async () => {
      const { topology, monitors, runtime } = topologyFixture();
      const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
      await runtime.settle();
      for (let turn = 0; turn < 2; turn++) {
        await monitors.answer('a:27017', networkError('a:27017'));
        await runtime.advance(500);
      }
      await monitors.answer('a:27017', standalone());
      expect(selected.value?.address).toBe('a:27017');
      expect(runtime.now()).toBe(1000);
      await topology.close();
    });

    it('[PROC-10] holds the process while it waits, even without a limit of time', async () => {
      const { topology, monitors, runtime } = topologyFixture({
        serverSelectionTimeoutMS: 0,
        connectTimeoutMS: 0,
      });
      const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
      expect(runtime.pendingTimers.held).toBe(1);
      await monitors.answer('a:27017', standalone());
      expect(selected.value).toBeDefined();
      expect(runtime.pendingTimers.held).toBe(0);
      await topology.close();
    });

    it('[SEL-6] asks the selector of the user, within the standard rules', async () => {
      const offered: string[][] = [];
      const fixture = topologyFixture({
        serverSelector: (servers) => {
          offered.push(servers.map(({ address }) => address));
          return servers.filter(({ address }) => address === 'c:27017');
        },
      });
      await discoverSet(fixture);
      const server = fixture.topology.select(READ_SECONDARY, NO_DEADLINE) as Server;
      expect(server.address).toBe('c:27017');
      expect(offered).toEqual([['b:27017', 'c:27017']]);
      await fixture.topology.close();
    });

    it('[SEL-8] spreads operations over routers of equal speed, towards the one with less to do', async () => {
      const { topology, monitors } = topologyFixture({ seeds: SET_HOSTS });
      topology.start();
      for (const address of SET_HOSTS) await monitors.answer(address, mongos());
      const running = new Map<string, number>();
      for (let turn = 0; turn < 999; turn++) {
        const server = topology.select(WRITABLE_SELECTOR, NO_DEADLINE) as Server;
        server.operationCount++;
        running.set(server.address, server.operationCount);
      }
      for (const count of running.values()) expect(Math.abs(count - 333)).toBeLessThan(66);
      await topology.close();
    });

    it('avoids a deprioritized server where another will do', async () => {
      const fixture = topologyFixture();
      await discoverSet(fixture);
      const { topology } = fixture;
      const avoided = topology.server('b:27017')!;
      for (let turn = 0; turn < 20; turn++) {
        expect((topology.select(READ_SECONDARY, NO_DEADLINE, [avoided]) as Server).address).toBe('c:27017');
      }
      await topology.close();
    });

    it('fails at once where a server speaks no version of the protocol that the driver speaks', async () => {
      const { topology, monitors } = topologyFixture();
      const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
      await monitors.answer('a:27017', standalone({ maxWireVersion: 6 }));
      expect(selected.error.code).toBe('ERR_CONFIGURATION');
      expect(selected.error.message).toContain('reports wire version 6');
      await topology.close();
    });

    it('rejects when the client is closed, and throws afterwards', async () => {
      const { topology, runtime } = topologyFixture();
      const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
      await topology.close();
      await runtime.settle();
      expect(selected.error.code).toBe('ERR_INVALID_OPERATION');
      expect(() => topology.select(WRITABLE_SELECTOR, NO_DEADLINE)).toThrow('The client is closed');
    });

    it('takes 5,000 waiting operations along at once', async () => {
      const { topology, monitors, runtime } = topologyFixture();
      const waiting = Array.from({ length: 5_000 }, () => topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
      await runtime.settle();
      await monitors.answer('a:27017', standalone());
      const servers = await Promise.all(waiting);
      expect(new Set(servers.map(({ address }) => address))).toEqual(new Set(['a:27017']));
      await topology.close();
    });
  });

  describe('report', () => {
    const inUse = (address: string, error: unknown, generation = 0) =>
      ({ address, generation, phase: 'in-use', error }) as const;

    it('[TOPO-6] marks the server unknown and clears its pool after a network error, once for each generation', async () => {
      const fixture = topologyFixture();
      await discoverSet(fixture);
      const { topology } = fixture;
      const { pool } = topology.server('a:27017')!;
      const error = new ConnectionFailure('reset', { phase: 'in-use' });
      topology.report(inUse('a:27017', error));
      expect(topology.description.topologyType).toBe('ReplicaSetNoPrimary');
      expect(topology.description.servers.get('a:27017')!.error).toBe(error);
      expect([pool.state, pool.generation]).toEqual(['paused', 1]);
      topology.report(inUse('a:27017', error));
      expect(pool.generation).toBe(1);
      await topology.close();
    });

    it('takes a network timeout of an operation for a slow operation', async () => {
      const fixture = topologyFixture();
      await discoverSet(fixture);
      const { topology } = fixture;
      topology.report(inUse('a:27017', new NetworkTimeout('slow', { phase: 'in-use' })));
      expect(topology.description.topologyType).toBe('ReplicaSetWithPrimary');
      await topology.close();
    });

    it('[ERR-2] has the server checked at once after a not-primary reply, and keeps its connections', async () => {
      const fixture = topologyFixture();
      await discoverSet(fixture);
      const { topology, monitors, runtime } = fixture;
      await runtime.advance(1_000);
      const checks = monitors.checks.length;
      topology.report(inUse('a:27017', new NotPrimaryError('not primary', { code: 10107 })));
      await runtime.settle();
      expect(topology.description.servers.get('a:27017')!.serverType).toBe('Unknown');
      expect(topology.server('a:27017')!.pool.generation).toBe(0);
      expect(monitors.checks.slice(checks)).toEqual(['a:27017']);
      await topology.close();
    });

    it('marks the server unknown and clears its pool when a new connection fails to authenticate', async () => {
      const { topology, monitors, connector, runtime } = topologyFixture();
      topology.start();
      await monitors.answer('a:27017', standalone());
      const failure = new OperationFailure('Authentication failed.', { code: 18 });
      connector.failure = () => failure;
      const { pool } = topology.select(WRITABLE_SELECTOR, NO_DEADLINE) as Server;
      const lease = outcomeOf(pool.checkOut(NO_DEADLINE));
      await runtime.advance(5);
      expect(lease.error).toBe(failure);
      expect(topology.description.servers.get('a:27017')!.error).toBe(failure);
      expect(pool.state).toBe('paused');
      await topology.close();
    });

    it('leaves an overloaded server alone', async () => {
      const { topology, monitors, connector, runtime } = topologyFixture();
      topology.start();
      await monitors.answer('a:27017', standalone());
      connector.failure = () => new ConnectionFailure('closed', { phase: 'hello' });
      const { pool } = topology.select(WRITABLE_SELECTOR, NO_DEADLINE) as Server;
      const lease = outcomeOf(pool.checkOut(NO_DEADLINE));
      await runtime.advance(5);
      expect(lease.error.errorLabels).toContain('SystemOverloadedError');
      expect(topology.description.topologyType).toBe('Single');
      expect([pool.state, pool.generation]).toEqual(['ready', 0]);
      await topology.close();
    });

    it('ignores a server that is no longer part of the deployment', async () => {
      const fixture = topologyFixture();
      await discoverSet(fixture);
      const before = fixture.topology.description;
      fixture.topology.report(inUse('gone:27017', new ConnectionFailure('reset')));
      expect(fixture.topology.description).toBe(before);
      await fixture.topology.close();
    });
  });

  describe('handshakes of connections for operations', () => {
    /** A topology of one standalone whose pool connects with this hello. */
    const connected = async (hello: Document): Promise<TopologyFixture> => {
      const fixture = topologyFixture();
      const { topology, monitors, connector, runtime } = fixture;
      topology.start();
      await monitors.answer(
        'a:27017',
        standalone({ topologyVersion: { processId, counter: Long.fromNumber(5) } }),
      );
      connector.hello = () => hello;
      const lease = outcomeOf(Promise.resolve(topology.server('a:27017')!.pool.checkOut(NO_DEADLINE)));
      await runtime.advance(1);
      topology.server('a:27017')!.pool.checkIn(lease.value!);
      return fixture;
    };
    const processId = new ObjectId();

    it('tell of the server what a check would tell, but not how far away it is', async () => {
      const hello = mongos({ topologyVersion: { processId, counter: Long.fromNumber(6) } });
      const { topology } = await connected(hello);
      const server = topology.server('a:27017')!.description;
      expect(server).toMatchObject({ serverType: 'Mongos', roundTripTime: 1, minRoundTripTime: 0 });
      expect(topology.description.topologyType).toBe('Single');
      await topology.close();
    });

    it.each([
      ['are older', mongos({ topologyVersion: { processId, counter: Long.fromNumber(4) } })],
      ['make no sense', mongos({ setName: 5 })],
    ])('change nothing where they %s', async (_why, hello) => {
      const { topology } = await connected(hello);
      expect(topology.server('a:27017')!.description.serverType).toBe('Standalone');
      expect(topology.server('a:27017')!.pool.state).toBe('ready');
      await topology.close();
    });

    it('change nothing where the pool was cleared in between', async () => {
      const fixture = topologyFixture();
      const { topology, monitors, connector, runtime } = fixture;
      topology.start();
      await monitors.answer('a:27017', standalone());
      connector.hello = () => mongos();
      const { pool } = topology.server('a:27017')!;
      const lease = outcomeOf(Promise.resolve(pool.checkOut(NO_DEADLINE)));
      pool.clear();
      await runtime.advance(1);
      expect(lease.error).toBeInstanceOf(ConnectionFailure);
      expect(topology.server('a:27017')!.description.serverType).toBe('Standalone');
      await topology.close();
    });
  });

  it('warns when no host is left, and why', async () => {
    const warnings: string[] = [];
    const { topology, monitors } = topologyFixture({ replicaSet: 'rs', warn: (text) => warnings.push(text) });
    topology.start();
    await monitors.answer('a:27017', standalone());
    expect(warnings).toEqual([
      'No host is left to connect to: a:27017 is left out, as it is a Standalone, not a member of a replica set',
    ]);
    await topology.close();
  });

  describe('monitoring', () => {
    it('makes a pool ready after a good check, and clears it after a failed one', async () => {
      const { topology, monitors, runtime, events } = topologyFixture();
      const interrupted: boolean[] = [];
      events.on('connectionPoolCleared', ({ interruptInUseConnections }) =>
        interrupted.push(interruptInUseConnections),
      );
      topology.start();
      const { pool } = topology.server('a:27017')!;
      expect(pool.state).toBe('paused');
      await monitors.answer('a:27017', standalone());
      expect(pool.state).toBe('ready');
      await runtime.advance(10_000);
      await monitors.answer('a:27017', networkError('a:27017'));
      expect(pool.state).toBe('paused');
      await monitors.answer('a:27017', standalone());
      await runtime.advance(10_000);
      await monitors.answer('a:27017', new NetworkTimeout('no answer', { phase: 'hello' }));
      expect(interrupted).toEqual([false, true]);
      await topology.close();
    });

    it('[POOL-1] [POOL-16] gives each member a pool and a monitor of its own', async () => {
      const fixture = topologyFixture();
      const pools: string[] = [];
      fixture.events.on('connectionPoolCreated', ({ address }) => pools.push(address));
      await discoverSet(fixture);
      expect(pools).toEqual(SET_HOSTS);
      expect(fixture.monitors.checks).toEqual(SET_HOSTS);
      expect(fixture.connector.connections).toHaveLength(0);
      expect(fixture.monitors.open).toBe(3);
      await fixture.topology.close();
      expect(fixture.monitors.open).toBe(0);
    });

    it('marks the pool before and the waiting operations after the events of a change', async () => {
      const { topology, monitors, events } = topologyFixture();
      const order: string[] = [];
      for (const name of [
        'connectionPoolReady',
        'serverDescriptionChanged',
        'topologyDescriptionChanged',
      ] as const) {
        events.on(name, () => order.push(name));
      }
      topology.start();
      order.length = 0;
      void Promise.resolve(topology.select(WRITABLE_SELECTOR, NO_DEADLINE)).then(() =>
        order.push('selected'),
      );
      await monitors.answer('a:27017', standalone());
      expect(order).toEqual([
        'connectionPoolReady',
        'serverDescriptionChanged',
        'topologyDescriptionChanged',
        'selected',
      ]);
      await topology.close();
    });

    it('checks a primary that was replaced', async () => {
      const fixture = topologyFixture();
      await discoverSet(fixture);
      const { topology, monitors, runtime } = fixture;
      await runtime.advance(1_000);
      topology.requestCheck('b:27017');
      await runtime.settle();
      const checks = monitors.checks.length;
      await monitors.answer('b:27017', member('primary', { setVersion: 2, electionId: new ObjectId() }));
      expect(monitors.checks.slice(checks)).toEqual(['a:27017']);
      await topology.close();
    });

    it('keeps the other servers usable when one sends nonsense', async () => {
      const { topology, monitors } = topologyFixture({ seeds: ['a:27017', 'b:27017'] });
      topology.start();
      await monitors.answer('a:27017', mongos({ maxWireVersion: 'many' }));
      await monitors.answer('b:27017', mongos());
      expect((topology.select(WRITABLE_SELECTOR, NO_DEADLINE) as Server).address).toBe('b:27017');
      const { error } = topology.description.servers.get('a:27017')!;
      expect((error as Error).message).toContain('maxWireVersion is a string, expected an integer');
      await topology.close();
    });

    it('checks a server that others take for the primary no more often than any other that cannot be reached', async () => {
      const { topology, monitors, runtime } = topologyFixture({ seeds: SET_HOSTS, replicaSet: 'rs' });
      topology.start();
      await monitors.answer('b:27017', member('secondary', { primary: 'a:27017' }));
      expect(topology.description.servers.get('a:27017')!.serverType).toBe('PossiblePrimary');
      await monitors.answer('a:27017', networkError('a:27017'));
      const checks = (): number => monitors.checks.filter((address) => address === 'a:27017').length;
      expect(checks()).toBe(1);
      topology.requestCheck();
      await runtime.advance(499);
      expect(checks()).toBe(1);
      await runtime.advance(1);
      expect(checks()).toBe(2);
      await topology.close();
    });

    it('does not take a guess about a server for having found it', async () => {
      const { topology, monitors } = topologyFixture({ seeds: SET_HOSTS, replicaSet: 'rs' });
      topology.start();
      await monitors.answer('b:27017', member('secondary', { primary: 'a:27017', setName: 'other' }));
      expect(topology.hasConnected).toBe(false);
      await topology.close();
    });

    it('checks no server for those who only want to know of the next description', async () => {
      const { topology, monitors, runtime } = topologyFixture({ seeds: SET_HOSTS.slice(0, 2) });
      topology.start();
      await monitors.answer('a:27017', networkError('a:27017'));
      void topology.nextDescription(topology.description, NO_DEADLINE).catch(() => undefined);
      await monitors.answer('b:27017', networkError('b:27017'));
      void topology.nextDescription(topology.description, NO_DEADLINE).catch(() => undefined);
      await runtime.advance(9_000);
      expect(monitors.checks).toEqual(['a:27017', 'b:27017']);
      await topology.close();
    });

    it('checks each server as often as may be while an operation waits, however many wait', async () => {
      const { topology, monitors, runtime } = topologyFixture({ seeds: SET_HOSTS.slice(0, 2) });
      topology.start();
      for (const address of ['a:27017', 'b:27017']) await monitors.answer(address, networkError(address));
      const waiting = [1, 2].map(() => outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE)));
      for (let round = 2; round < 5; round++) {
        await runtime.advance(500);
        expect(monitors.checks).toHaveLength(2 * round);
        for (const address of ['a:27017', 'b:27017']) await monitors.answer(address, networkError(address));
      }
      expect(waiting[0]!.error).toBeUndefined();
      await topology.close();
    });

    it('takes 10,000 seeds, and of a set that names as many members a bounded number', async () => {
      const hosts = Array.from({ length: 10_000 }, (_, index) => `h${String(index)}:27017`);
      const { topology, monitors } = topologyFixture({ seeds: hosts, replicaSet: 'rs' });
      topology.start();
      expect(topology.description.servers.size).toBe(10_000);
      await monitors.answer(hosts[0]!, member('primary', { hosts }));
      expect(topology.description.servers.size).toBe(500);
      expect((topology.select(WRITABLE_SELECTOR, NO_DEADLINE) as Server).address).toBe(hosts[0]);
      await topology.close();
    });

    it('needs no monitor behind a load balancer', async () => {
      const { topology, monitors } = topologyFixture({ loadBalanced: true });
      const server = topology.select(WRITABLE_SELECTOR, NO_DEADLINE) as Server;
      expect(server.description.serverType).toBe('LoadBalancer');
      expect(server.pool.state).toBe('ready');
      expect(monitors.checks).toEqual([]);
      await topology.close();
    });
  });

  describe('SRV hosts', () => {
    it('become seeds when they are known, and are followed afterwards', async () => {
      const { topology, monitors, runtime } = topologyFixture({ seeds: [] });
      const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
      await runtime.settle();
      topology.setSrvHosts(['a:27017', 'b:27017']);
      await monitors.answer('a:27017', mongos());
      expect(selected.value?.address).toBe('a:27017');
      topology.setSrvHosts(['b:27017', 'c:27017']);
      expect([...topology.description.servers.keys()]).toEqual(['b:27017', 'c:27017']);
      expect(topology.server('a:27017')).toBeUndefined();
      await topology.close();
    });

    it('count as the hosts given while nothing is known of the deployment: a single standalone is used', async () => {
      const { topology, monitors } = topologyFixture({ seeds: ['a:27017', 'b:27017'] });
      topology.start();
      topology.setSrvHosts(['a:27017']);
      await monitors.answer('a:27017', standalone());
      expect(topology.description.topologyType).toBe('Single');
      await topology.close();
    });

    it('do not overrule a replica set', async () => {
      const fixture = topologyFixture();
      await discoverSet(fixture);
      fixture.topology.setSrvHosts(['x:27017']);
      expect([...fixture.topology.description.servers.keys()]).toEqual(SET_HOSTS);
      await fixture.topology.close();
    });
  });

  it('announces its end: servers, the empty description, itself; and leaves nothing behind', async () => {
    const fixture = topologyFixture();
    await discoverSet(fixture);
    const order: string[] = [];
    const { topology, events, runtime } = fixture;
    for (const name of ['serverClosed', 'topologyDescriptionChanged', 'topologyClosed'] as const) {
      events.on(name, () => order.push(name));
    }
    const closing = [topology.close(), topology.close()];
    await Promise.all(closing);
    expect(order).toEqual([
      'serverClosed',
      'serverClosed',
      'serverClosed',
      'topologyDescriptionChanged',
      'topologyClosed',
    ]);
    expect(topology.description.topologyType).toBe('Unknown');
    expect(topology.description.servers.size).toBe(0);
    expect(runtime.pendingTimers.all).toBe(0);
  });

  it('interrupts each operation under way by an error of its own', async () => {
    const fixture = topologyFixture();
    await discoverSet(fixture);
    const { topology, runtime } = fixture;
    const pool = topology.server('a:27017')!.pool;
    const leases = [outcomeOf(pool.checkOut(NO_DEADLINE)), outcomeOf(pool.checkOut(NO_DEADLINE))];
    await runtime.advance(5);
    topology.interruptInUse();
    const [one, other] = leases.map(({ value }) => value!.connection.closeReason);
    expect([one, other]).toEqual([expect.any(Error), expect.any(Error)]);
    expect(one).not.toBe(other);
    await topology.close();
  });

  it('is closed for each who closes it only when nothing is left, a listener included', async () => {
    const fixture = topologyFixture({ seeds: ['a:27017'] });
    const { topology, events, monitors, runtime } = fixture;
    topology.start();
    await monitors.answer('a:27017', standalone());
    await runtime.advance(10_000);
    const ended: string[] = [];
    const note = (who: string) => () => ended.push(`${who}, ${String(runtime.pendingTimers.all)} timers`);
    events.on('serverClosed', () => void topology.close().then(note('listener')));
    void topology.close().then(note('first'));
    void topology.close().then(note('second'));
    expect(ended).toEqual([]);
    await runtime.settle();
    expect(ended.toSorted()).toEqual(['first, 0 timers', 'listener, 0 timers', 'second, 0 timers']);
  });

  it('survives a listener that closes the client while servers are opened', async () => {
    const { topology, events, monitors } = topologyFixture({ seeds: SET_HOSTS });
    let closed: Promise<void> | undefined;
    events.on('serverOpening', () => {
      closed ??= topology.close();
    });
    topology.start();
    await closed;
    expect(monitors.checks).toEqual([]);
    expect(topology.servers).toEqual([]);
  });
});
