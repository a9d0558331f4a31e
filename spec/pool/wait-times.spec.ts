import { describe, expect, it } from '@jest/globals';
import { WaitTimes } from '../../lib/pool/wait-times.js';

const SHARES = [0.5, 0.99] as const;

describe('wait times', () => {
  it('are 0 before the first check-out and while nobody waits', () => {
    const times = new WaitTimes();
    expect(times.quantiles(SHARES)).toEqual([0, 0]);
    for (let turn = 0; turn < 10; turn++) times.skip();
    expect(times.quantiles(SHARES)).toEqual([0, 0]);
  });

  it('count check-outs that did not wait', () => {
    const times = new WaitTimes();
    for (let turn = 0; turn < 95; turn++) times.skip();
    for (let ms = 1; ms <= 5; ms++) times.add(ms);
    expect(times.quantiles([0.5, 0.95, 0.96, 0.99, 1])).toEqual([0, 0, 1, 4, 5]);
  });

  it('are quantiles where all waited', () => {
    const times = new WaitTimes();
    for (let ms = 100; ms >= 1; ms--) times.add(ms);
    expect(times.quantiles(SHARES)).toEqual([50, 99]);
  });

  it('forget what was more than 1,024 check-outs ago', () => {
    const times = new WaitTimes();
    for (let turn = 0; turn < 2000; turn++) times.add(1000);
    for (let turn = 0; turn < 1024; turn++) times.add(3);
    expect(times.quantiles([0.5, 1])).toEqual([3, 3]);
    for (let turn = 0; turn < 1023; turn++) times.skip();
    expect(times.quantiles([0.99, 1])).toEqual([0, 3]);
    times.skip();
    expect(times.quantiles([1])).toEqual([0]);
  });
});
