import { describe, expect, it, jest } from '@jest/globals';
import { deadlineAfter, NO_DEADLINE } from '../../../lib/core/deadline.js';
import { backOff } from '../../../lib/execute/retry/back-off.js';
import { VirtualRuntime } from '../../support/virtual-runtime.js';

const runtimeWithChance = (chance: number): VirtualRuntime => {
  const runtime = new VirtualRuntime();
  jest.spyOn(runtime, 'random').mockReturnValue(chance);
  return runtime;
};

describe('the wait before a retry', () => {
  it('takes the part of its ceiling that chance gives', async () => {
    const runtime = runtimeWithChance(0.25);
    const end = jest.fn();
    const waiting = backOff(runtime, 400, NO_DEADLINE).then(end);
    await runtime.advance(99);
    expect(end).not.toHaveBeenCalled();
    await runtime.advance(1);
    await waiting;
    expect(end).toHaveBeenCalledWith(true);
  });

  it('is not begun where the deadline would pass meanwhile', async () => {
    const runtime = runtimeWithChance(0.5);
    await expect(backOff(runtime, 400, deadlineAfter(runtime, 200))).resolves.toBe(false);
    const long = backOff(runtime, 400, deadlineAfter(runtime, 201));
    await runtime.advance(200);
    await expect(long).resolves.toBe(true);
  });

  it('ends with an aborted signal, and leaves no timer', async () => {
    const runtime = runtimeWithChance(1);
    const controller = new AbortController();
    const waiting = backOff(runtime, 400, deadlineAfter(runtime, undefined, controller.signal));
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(runtime.pendingTimers.all).toBe(0);
  });
});
