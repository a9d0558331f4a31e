import { describe, expect, it } from '@jest/globals';
import { NO_DEADLINE } from '../../../lib/core/deadline.js';
import type { SrvRecord } from '../../../lib/core/runtime.js';
import { WRITABLE_SELECTOR } from '../../../lib/topology/selection/server-selector.js';
import { rescanIntervalMS } from '../../../lib/topology/srv/srv-polling.js';
import { outcomeOf } from '../../support/outcome.js';
import { addresses, at, DOMAIN, HEARTBEAT_MS, HOST, RESCAN_MS, usePolling } from './srv-polling-fixture.js';
import { member, standalone } from '../topology-fixture.js';

const { make, begin } = usePolling();

describe('polling SRV records', () => {
  it('leaves hosts of a foreign domain out, and tells of them once', async () => {
    const fixture = await begin();
    fixture.answer = [...at(27017, 27019), { name: 'localhost.evil.com', port: 27017 }];
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27017, 27019));
    expect(fixture.monitors.checks).not.toContain('localhost.evil.com:27017');
    expect(fixture.warnings).toEqual([
      `Hosts of the SRV record of test1.${DOMAIN} are left out: "localhost.evil.com" port 27017 is not below the domain "${DOMAIN}"`,
    ]);
  });

  it('keeps the hosts where an answer holds foreign ones alone, and asks again soon', async () => {
    const fixture = await begin();
    fixture.answer = [{ name: 'localhost.evil.com', port: 27017 }];
    await fixture.runtime.advance(RESCAN_MS);
    expect(fixture.hosts).toEqual(addresses(27017, 27018));
    const asked = fixture.queries.length;
    await fixture.runtime.advance(HEARTBEAT_MS);
    expect(fixture.queries).toHaveLength(asked + 1);
  });

  it('goes on while nothing is known of the servers', async () => {
    const fixture = make();
    await fixture.topology.started(NO_DEADLINE);
    expect(fixture.topology.description.topologyType).toBe('Unknown');
    fixture.answer = at(27019);
    await fixture.runtime.advance(RESCAN_MS);
    expect(fixture.hosts).toEqual(addresses(27019));
  });

  it.each([
    ['a replica set', 27017, member('primary', { hosts: addresses(27017) })],
    ['a standalone', 27017, standalone()],
  ])('stops once it is %s', async (_title, port, hello) => {
    const fixture = make({ records: at(port) });
    await fixture.topology.started(NO_DEADLINE);
    await fixture.runtime.settle();
    await fixture.monitors.answer(`${HOST}:${String(port)}`, hello);
    fixture.answer = at(27019);
    await fixture.twoRescans();
    expect(fixture.queries).toHaveLength(1);
    expect(fixture.hosts).toEqual(addresses(port));
  });

  it('does not use an answer that comes after the topology turned out to be a replica set', async () => {
    const fixture = make({ records: at(27017) });
    await fixture.topology.started(NO_DEADLINE);
    fixture.answer = 'silence';
    await fixture.runtime.advance(RESCAN_MS);
    expect(fixture.queries).toHaveLength(2);
    await fixture.monitors.answer(`${HOST}:27017`, member('primary', { hosts: addresses(27017) }));
    await fixture.twoRescans();
    expect(fixture.queries).toHaveLength(2);
    expect(fixture.warnings).toEqual([]);
  });

  it('outlives an answer that never comes', async () => {
    const fixture = await begin();
    fixture.answer = 'silence';
    await fixture.runtime.advance(RESCAN_MS);
    fixture.answer = at(27019);
    await fixture.runtime.advance(20_000 + HEARTBEAT_MS);
    expect(fixture.hosts).toEqual(addresses(27019));
  });

  it('ends with the topology, in the middle of a rescan too', async () => {
    const fixture = await begin();
    fixture.answer = 'silence';
    await fixture.runtime.advance(RESCAN_MS);
    await fixture.topology.close();
    await fixture.runtime.advance(10 * RESCAN_MS);
    expect(fixture.queries).toHaveLength(2);
    expect(fixture.warnings).toEqual([]);
  });

  it('waits as long as the records live, where the runtime knows it, and at least a minute', () => {
    const living = (...ttls: readonly (number | undefined)[]): SrvRecord[] =>
      ttls.map((ttl) => ({ name: HOST, port: 1, ...(ttl !== undefined && { ttl }) }));
    expect(rescanIntervalMS(living(86_400, 120))).toBe(120_000);
    expect(rescanIntervalMS(living(30, 120))).toBe(60_000);
    expect(rescanIntervalMS(living(undefined))).toBe(60_000);
    expect(rescanIntervalMS(living(300, undefined))).toBe(60_000);
  });
});

describe('finding the seeds', () => {
  it('[CONN-24] is shared by all who wait, and each wait has its own limit', async () => {
    const fixture = make();
    fixture.answer = 'silence';
    const { topology, runtime } = fixture;
    const abort = new AbortController();
    const aborted = outcomeOf(topology.select(WRITABLE_SELECTOR, { ...NO_DEADLINE, signal: abort.signal }));
    const patient = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
    const reason = new Error('enough');
    abort.abort(reason);
    await runtime.settle();
    expect(aborted.error).toBe(reason);
    expect(patient).toEqual({});
    expect(fixture.queries).toHaveLength(1);
    await runtime.advance(20_000);
    expect(patient.error?.message).toContain('failed with ETIMEOUT');
  });

  it('[CONN-24] is given up by whoever waits when the topology closes, and its answer comes to nothing', async () => {
    const fixture = make();
    const { topology, runtime } = fixture;
    const waiting = outcomeOf(topology.select(WRITABLE_SELECTOR, NO_DEADLINE));
    await topology.close();
    await runtime.settle();
    expect(waiting.error?.message).toBe('The client is closed');
    expect(fixture.hosts).toEqual([]);
    expect(fixture.monitors.checks).toEqual([]);
  });
});
