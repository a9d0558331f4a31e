import { afterEach, describe, expect, it } from '@jest/globals';
import { NO_DEADLINE } from '../../../lib/core/deadline.js';
import { ConnectionFailure, type ConnectionPhase } from '../../../lib/core/errors/connection.js';
import { isHopeless } from '../../../lib/topology/selection/permanent-faults.js';
import { WRITABLE_SELECTOR } from '../../../lib/topology/selection/server-selector.js';
import { closeAll, clientOf, rejectionOf, startServer } from '../../client/client-fixture.js';
import { outcomeOf } from '../../support/outcome.js';
import { scramServer } from '../../support/scripted-server-scram.js';
import { member, networkError, standalone, topologyFixture } from '../topology-fixture.js';

afterEach(closeAll);

const fault = (address: string, phase: ConnectionPhase, code: string): ConnectionFailure =>
  new ConnectionFailure(`Cannot connect to ${address} (${phase}): ${code}`, {
    address,
    phase,
    cause: Object.assign(new Error(code), { code }),
  });

const noSuchName = (address: string): ConnectionFailure => fault(address, 'dns', 'ENOTFOUND');

const SEEDS = ['a:27017', 'b:27017'];

describe('failFast', () => {
  it.each<[string, (address: string) => ConnectionFailure]>([
    ['names that do not exist', noSuchName],
    ['certificates that are not accepted', (address) => fault(address, 'tls', 'DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['certificates of other hosts', (address) => fault(address, 'tls', 'ERR_TLS_CERT_ALTNAME_INVALID')],
    ['servers without TLS', (address) => fault(address, 'tls', 'ERR_SSL_WRONG_VERSION_NUMBER')],
  ])('ends the search as soon as every host has a fault that lasts: %s', async (_what, error) => {
    const { topology, monitors, runtime } = topologyFixture({ seeds: SEEDS, failFast: true });
    const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
    await runtime.settle();
    await monitors.answer('a:27017', error('a:27017'));
    expect(selected.error).toBeUndefined();
    await monitors.answer('b:27017', error('b:27017'));
    expect(selected.error).toMatchObject({ name: 'ServerSelectionTimeoutError' });
    expect(selected.error.message).toContain('within 0 ms');
    await topology.close();
  });

  it.each<[string, (address: string) => ConnectionFailure]>([
    ['nothing listens yet', networkError],
    ['the resolver fails for the moment', (address) => fault(address, 'dns', 'EAI_AGAIN')],
    ['the TLS handshake was reset', (address) => fault(address, 'tls', 'ECONNRESET')],
  ])('waits where that may pass: %s', async (_what, error) => {
    const { topology, monitors, runtime } = topologyFixture({ seeds: SEEDS, failFast: true });
    const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
    await runtime.settle();
    await monitors.answer('a:27017', noSuchName('a:27017'));
    await monitors.answer('b:27017', error('b:27017'));
    await runtime.advance(500);
    expect(selected.error).toBeUndefined();
    await monitors.answer('b:27017', member('primary', { hosts: ['b:27017'] }));
    expect(selected.value?.address).toBe('b:27017');
    await topology.close();
  });

  it('ends it at once where no host is left', async () => {
    const { topology, monitors, runtime } = topologyFixture({ replicaSet: 'rs', failFast: true });
    const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
    await runtime.settle();
    await monitors.answer('a:27017', member('primary', { setName: 'other' }));
    expect(selected.error?.message).toContain('it belongs to the replica set "other", not to "rs"');
    const again = outcomeOf(Promise.resolve(topology.select(WRITABLE_SELECTOR, NO_DEADLINE)));
    await runtime.settle();
    expect(again.error?.message).toContain('no host is left');
    await topology.close();
  });

  it('ends it at once for the member of another set behind a direct connection', async () => {
    const { topology, monitors, runtime } = topologyFixture({
      replicaSet: 'rs',
      directConnection: true,
      failFast: true,
    });
    const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
    await runtime.settle();
    await monitors.answer('a:27017', member('primary', { setName: 'other' }));
    expect(selected.error?.message).toContain('it belongs to the replica set "other", not to "rs"');
    expect(selected.error?.message).toContain('Hint: The option replicaSet names another replica set');
    await topology.close();
  });

  it('is for the first connect: later such faults may pass', async () => {
    const { topology, monitors, runtime } = topologyFixture({ failFast: true });
    topology.start();
    await monitors.answer('a:27017', standalone());
    await runtime.advance(10_000);
    await monitors.answer('a:27017', noSuchName('a:27017'));
    await monitors.answer('a:27017', noSuchName('a:27017'));
    const selected = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
    await runtime.advance(500);
    await monitors.answer('a:27017', noSuchName('a:27017'));
    expect(selected.error).toBeUndefined();
    await topology.close();
    expect(isHopeless(topology.description)).toBe(false);
  });

  it('is off by default', async () => {
    const client = clientOf('mongodb://nowhere.invalid/', { serverSelectionTimeoutMS: 300 });
    expect(client.options.failFast).toBe(false);
    const start = performance.now();
    const slow = await rejectionOf(client.connect());
    expect(performance.now() - start).toBeGreaterThan(280);
    const hasty = clientOf('mongodb://nowhere.invalid/?failFast=true', { serverSelectionTimeoutMS: 20_000 });
    const fast = await rejectionOf(hasty.connect());
    expect(performance.now() - start).toBeLessThan(5_000);
    for (const error of [slow, fast]) expect(String(error)).toContain('nowhere.invalid');
  });
});

describe('a user whom the server refuses', () => {
  it('makes every operation fail at once, whatever failFast says', async () => {
    const users = [{ username: 'u', password: 'right', mechanisms: ['SCRAM-SHA-256'] as const }];
    const server = await startServer(scramServer({ users, iterations: 4_096 }));
    const client = clientOf(server, { username: 'u', password: 'wrong', serverSelectionTimeoutMS: 20_000 });
    const start = performance.now();
    expect(await rejectionOf(client.connect())).toMatchObject({ code: 18 });
    expect(await rejectionOf(client.db('t').command('ping'))).toMatchObject({ code: 18 });
    const many = await Promise.all(
      Array.from({ length: 10 }, () => rejectionOf(client.db('t').collection('c').findOne())),
    );
    expect(performance.now() - start).toBeLessThan(5_000);
    for (const error of many) expect(String(error)).toMatch(/Authentication failed/i);
  });
});
