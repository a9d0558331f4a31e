import { describe, expect, it } from '@jest/globals';
import {
  addresses,
  at,
  DOMAIN,
  HEARTBEAT_MS,
  HOST,
  RESCAN_MS,
  usePolling,
} from '../topology/srv/srv-polling-fixture.js';

const { begin } = usePolling();

describe('polling SRV records, prose tests', () => {
  it.each([
    ['1. addition of a new record', [27017, 27018, 27019]],
    ['2. removal of a record', [27017]],
    ['3. replacement of a record', [27017, 27019]],
    ['4. replacement of both records with one', [27019]],
    ['5. replacement of both records with two', [27019, 27020]],
  ])('[CONN-21] %s', async (_title, ports) => {
    const fixture = await begin();
    expect(fixture.hosts).toEqual(addresses(27017, 27018));
    const { servers } = fixture.topology.description;
    const [first = ''] = fixture.hosts;
    const server = fixture.topology.server(first);
    fixture.answer = at(...ports);
    await fixture.runtime.advance(RESCAN_MS - 1);
    expect(fixture.topology.description.servers.size).toBe(servers.size);
    await fixture.runtime.advance(1);
    expect(fixture.hosts).toEqual(addresses(...ports));
    // A host that stays is left alone: its pool and its monitor go on.
    if (ports.includes(27017)) expect(fixture.topology.server(first)).toBe(server);
  });

  it.each([
    ['6. time-out', Object.assign(new Error('timeout'), { code: 'ETIMEOUT' }), 'ETIMEOUT'],
    ['7. failure', Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), 'ENOTFOUND'],
    ['8. removal of all records', [], 'is empty'],
  ] as const)('%s: nothing changes, and it is tried again', async (_title, answer, reason) => {
    const fixture = await begin();
    fixture.answer = answer;
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27017, 27018));
    expect(fixture.warnings).toHaveLength(1);
    expect(fixture.warnings[0]).toContain('The hosts known are kept: ');
    expect(fixture.warnings[0]).toContain(reason);
    const asked = fixture.queries.length;
    fixture.answer = at(27017, 27019);
    await fixture.runtime.advance(HEARTBEAT_MS);
    expect(fixture.queries).toHaveLength(asked + 1);
    expect(fixture.hosts).toEqual(addresses(27017, 27019));
    // After a good answer the interval is the long one again.
    await fixture.runtime.advance(RESCAN_MS - 1);
    expect(fixture.queries).toHaveLength(asked + 1);
    await fixture.runtime.advance(1);
    expect(fixture.queries).toHaveLength(asked + 2);
  });

  it('9. not done for load-balanced clusters', async () => {
    const fixture = await begin({
      host: `test3.${DOMAIN}`,
      records: at(27017),
      found: { loadBalanced: true },
    });
    expect(fixture.topology.description.topologyType).toBe('LoadBalanced');
    fixture.answer = at(27017, 27018);
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27017));
    expect(fixture.queries).toHaveLength(1);
  });

  it('10. all records are taken with srvMaxHosts=0', async () => {
    const fixture = await begin({ maxHosts: 0 });
    fixture.answer = at(27017, 27019, 27020);
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27017, 27019, 27020));
  });

  it('11. all records are taken with srvMaxHosts of at least their number', async () => {
    const fixture = await begin({ maxHosts: 2 });
    fixture.answer = at(27019, 27020);
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27019, 27020));
  });

  it('[CONN-26] 12. new records are taken at random up to srvMaxHosts', async () => {
    const chosen = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      const fixture = await begin({ maxHosts: 2, seed });
      fixture.answer = at(27017, 27019, 27020);
      await fixture.twoRescans();
      expect(fixture.hosts).toHaveLength(2);
      expect(fixture.hosts).toContain(`${HOST}:27017`);
      chosen.add(fixture.hosts[1] ?? '');
    }
    expect([...chosen].sort()).toEqual(addresses(27019, 27020));
  });

  it('[CONN-25] 13. a record with a custom service name is found', async () => {
    const fixture = await begin({ host: `test22.${DOMAIN}`, serviceName: 'customname', records: at(27017) });
    fixture.answer = at(27019, 27020);
    await fixture.twoRescans();
    expect(fixture.hosts).toEqual(addresses(27019, 27020));
    expect(new Set(fixture.queries)).toEqual(new Set([`_customname._tcp.test22.${DOMAIN}`]));
  });
});
