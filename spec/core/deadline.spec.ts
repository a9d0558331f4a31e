import { describe, expect, it } from '@jest/globals';
import {
  deadlineAfter,
  deadlineFailure,
  narrowDeadline,
  NO_DEADLINE,
  remainingMS,
  throwIfOver,
  watchDeadline,
} from '../../lib/core/deadline.js';
import { OperationTimeout } from '../../lib/core/errors/connection.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import type { Runtime } from '../../lib/core/runtime.js';

/** A clock that stands still until it is told to move; timers are kept in a list. */
const stoppedRuntime = () => {
  let now = 1000;
  const timers = new Map<object, { at: number; callback: () => void }>();
  const runtime: Runtime = {
    ...nodeRuntime,
    now: () => now,
    setTimer: (ms, callback) => {
      const handle = { clear: () => void timers.delete(handle) };
      timers.set(handle, { at: now + ms, callback });
      return handle;
    },
  };
  const advance = (ms: number): void => {
    now += ms;
    for (const [handle, timer] of timers) {
      if (timer.at > now) continue;
      timers.delete(handle);
      timer.callback();
    }
  };
  return { runtime, advance, timers };
};

describe('a deadline', () => {
  it.each([0, null, undefined])('[TIME-1] of %p has no limit of time', (ms) => {
    expect(deadlineAfter(nodeRuntime, ms)).toBe(NO_DEADLINE);
    expect(remainingMS(NO_DEADLINE, nodeRuntime)).toBe(Infinity);
  });

  it('counts from the moment it was made', () => {
    const { runtime, advance } = stoppedRuntime();
    const deadline = deadlineAfter(runtime, 100);
    advance(40);
    expect(remainingMS(deadline, runtime)).toBe(60);
    expect(deadlineFailure(deadline, runtime)).toBeUndefined();
    advance(60);
    expect(remainingMS(deadline, runtime)).toBe(0);
    expect(() => throwIfOver(deadline, runtime)).toThrow(OperationTimeout);
  });

  it('is only ever shortened', () => {
    const { runtime } = stoppedRuntime();
    const outer = deadlineAfter(runtime, 100);
    const error = (): Error => new Error('inner');
    expect(narrowDeadline(outer, runtime, 200, error)).toBe(outer);
    const inner = narrowDeadline(outer, runtime, 50, error);
    expect(remainingMS(inner, runtime)).toBe(50);
    expect(inner.timeoutError().message).toBe('inner');
    expect(narrowDeadline(outer, runtime, 0, error)).toBe(outer);
  });

  it('fails with the reason of its signal, before the limit of time', () => {
    const { runtime, advance } = stoppedRuntime();
    const reason = new Error('stop');
    const deadline = deadlineAfter(runtime, 10, AbortSignal.abort(reason));
    advance(20);
    expect(deadlineFailure(deadline, runtime)).toEqual({ reason });
  });
});

describe('watching a deadline', () => {
  it('tells once when the time is over', () => {
    const { runtime, advance, timers } = stoppedRuntime();
    const reasons: unknown[] = [];
    watchDeadline(deadlineAfter(runtime, 100), runtime, (reason) => reasons.push(reason));
    advance(99);
    expect(reasons).toEqual([]);
    advance(1);
    expect(reasons).toEqual([expect.any(OperationTimeout)]);
    expect(timers.size).toBe(0);
  });

  it('tells once when the signal aborts, and leaves no timer', () => {
    const { runtime, advance, timers } = stoppedRuntime();
    const controller = new AbortController();
    const reasons: unknown[] = [];
    watchDeadline(deadlineAfter(runtime, 100, controller.signal), runtime, (reason) => reasons.push(reason));
    controller.abort('enough');
    advance(200);
    expect(reasons).toEqual(['enough']);
    expect(timers.size).toBe(0);
  });

  it('leaves no trace when it is stopped', () => {
    const { runtime, advance, timers } = stoppedRuntime();
    const controller = new AbortController();
    const reasons: unknown[] = [];
    const stop = watchDeadline(deadlineAfter(runtime, 100, controller.signal), runtime, (reason) =>
      reasons.push(reason),
    );
    stop();
    controller.abort();
    advance(200);
    expect(reasons).toEqual([]);
    expect(timers.size).toBe(0);
  });

  it('arms nothing where there is no limit', () => {
    const { runtime, timers } = stoppedRuntime();
    watchDeadline(NO_DEADLINE, runtime, () => undefined)();
    expect(timers.size).toBe(0);
  });
});

describe('timers of the platform', () => {
  it('[TIME-8] a delay beyond the range of one timer does not fire early', async () => {
    let fired = false;
    const timer = nodeRuntime.setTimer(2 ** 32, () => {
      fired = true;
    });
    await new Promise<void>((resolve) => void nodeRuntime.setTimer(20, resolve, true));
    timer.clear();
    expect(fired).toBe(false);
  });
});
