import { describe, expect, it } from '@jest/globals';
import { WakeWatch, wakeWatchOf } from '../../lib/core/wake-watch.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';

describe('WakeWatch', () => {
  const watched = () => {
    const runtime = new VirtualRuntime();
    const watch = new WakeWatch(runtime);
    const wakes: number[] = [];
    const stop = watch.subscribe(() => wakes.push(runtime.now()));
    return { runtime, watch, wakes, stop };
  };

  it('tells nothing while time goes on evenly', async () => {
    const { runtime, watch, wakes } = watched();
    for (let count = 0; count < 100; count++) {
      await runtime.advance(997);
      watch.look();
    }
    expect(wakes).toEqual([]);
  });

  it('tells by itself that the process stood still, once', async () => {
    const { runtime, wakes } = watched();
    await runtime.advance(1_000);
    runtime.freeze();
    await runtime.advance(60_000);
    runtime.thaw();
    await runtime.advance(60_000);
    expect(wakes).toEqual([61_000]);
  });

  it('tells whoever looks before its timer has come', async () => {
    const { runtime, watch, wakes } = watched();
    runtime.freeze();
    await runtime.advance(8_001);
    watch.look();
    watch.look();
    expect(wakes).toEqual([8_001]);
    runtime.thaw();
    await runtime.advance(10_000);
    expect(wakes).toEqual([8_001]);
  });

  it('takes a late timer of a busy process for nothing', async () => {
    const { runtime, watch, wakes } = watched();
    runtime.freeze();
    await runtime.advance(7_900);
    watch.look();
    runtime.thaw();
    await runtime.advance(10_000);
    expect(wakes).toEqual([]);
  });

  it('tells of a suspended machine, whose monotonic clock stood still as well', async () => {
    const runtime = new VirtualRuntime();
    let suspended = 0;
    const clock = {
      now: () => runtime.now(),
      wallClock: () => runtime.wallClock() + suspended,
      setTimer: (ms: number, run: () => void) => runtime.setTimer(ms, run),
    };
    const watch = new WakeWatch(clock);
    let wakes = 0;
    watch.subscribe(() => wakes++);
    await runtime.advance(12_000);
    suspended = 3_600_000;
    await runtime.advance(12_000);
    expect(wakes).toBe(1);
    suspended += 3_600_000;
    watch.look();
    watch.look();
    expect(wakes).toBe(2);
  });

  it('has a timer only while somebody listens', () => {
    const { runtime, watch, stop } = watched();
    const also = watch.subscribe(() => undefined);
    expect(runtime.pendingTimers).toEqual({ all: 1, held: 0 });
    stop();
    expect(runtime.pendingTimers.all).toBe(1);
    also();
    expect(runtime.pendingTimers.all).toBe(0);
    expect(wakeWatchOf(runtime)).toBe(wakeWatchOf(runtime));
  });
});
