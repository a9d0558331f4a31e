import { describe, expect, it } from '@jest/globals';
import { chooseSrvHosts } from '../../../lib/topology/srv/choose-srv-hosts.js';
import { VirtualRuntime } from '../../support/virtual-runtime.js';

const TEN = Array.from({ length: 10 }, (_, index) => `h${String(index)}:27017`);

const chanceOf = (seed: number): (() => number) => {
  const runtime = new VirtualRuntime({ seed });
  return () => runtime.random();
};

describe('hosts taken from an SRV answer', () => {
  it.each([0, 10, 11])('[CONN-26] are all of them with srvMaxHosts %i', (max) => {
    const never = (): number => {
      throw new Error('no chance is needed');
    };
    expect(chooseSrvHosts([], TEN, max, never)).toEqual(TEN);
  });

  it('[CONN-26] are a random subset of exactly srvMaxHosts, each host as likely as any other', () => {
    const random = chanceOf(7);
    const drawn = new Map(TEN.map((host) => [host, 0]));
    for (let run = 0; run < 5_000; run++) {
      const hosts = chooseSrvHosts([], TEN, 3, random);
      expect(new Set(hosts).size).toBe(3);
      for (const host of hosts) drawn.set(host, (drawn.get(host) ?? 0) + 1);
    }
    // 1,500 expected of each; five standard deviations are 162.
    for (const count of drawn.values()) expect(Math.abs(count - 1_500)).toBeLessThan(162);
  });

  it('keep what is known and still in the answer, and are filled up with new ones', () => {
    const hosts = chooseSrvHosts(['gone:1', 'h4:27017', 'h2:27017'], TEN, 3, chanceOf(1));
    expect(hosts.slice(0, 2)).toEqual(['h4:27017', 'h2:27017']);
    expect(new Set(hosts).size).toBe(3);
    expect(TEN).toContain(hosts[2]);
  });
});
