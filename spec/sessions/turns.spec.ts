import { describe, expect, it } from '@jest/globals';
import { deadlineAfter, NO_DEADLINE } from '../../lib/core/deadline.js';
import { Turns } from '../../lib/sessions/turns.js';
import { outcomeOf } from '../support/outcome.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';

describe('Turns', () => {
  const setUp = () => ({ turns: new Turns(), runtime: new VirtualRuntime() });

  it('[SESS-6] gives each its turn in the order of the calls', async () => {
    const { turns, runtime } = setUp();
    const order: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        const end = await turns.take(NO_DEADLINE, runtime);
        order.push(`${name} begins`);
        await Promise.resolve();
        order.push(`${name} ends`);
        end();
      }),
    );
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(turns.busy).toBe(false);
  });

  it('lets one that waited too long go without holding up the next', async () => {
    const { turns, runtime } = setUp();
    const end = await turns.take(NO_DEADLINE, runtime);
    const late = outcomeOf(turns.take(deadlineAfter(runtime, 10), runtime));
    const next = outcomeOf(turns.take(NO_DEADLINE, runtime));
    await runtime.advance(10);
    expect(late.error).toMatchObject({ code: 'ERR_OPERATION_TIMEOUT' });
    end();
    await runtime.advance(0);
    expect(next.value).toBeInstanceOf(Function);
  });

  it('refuses at once where the signal is aborted already', async () => {
    const { turns, runtime } = setUp();
    const reason = new Error('no more');
    await expect(turns.take(deadlineAfter(runtime, 0, AbortSignal.abort(reason)), runtime)).rejects.toBe(
      reason,
    );
    expect(turns.busy).toBe(false);
  });

  it('leaves nothing behind on the signal of one that got its turn', async () => {
    const { turns, runtime } = setUp();
    const controller = new AbortController();
    const deadline = deadlineAfter(runtime, 0, controller.signal);
    const end = await turns.take(NO_DEADLINE, runtime);
    const waiting = turns.take(deadline, runtime);
    end();
    (await waiting)();
    controller.abort(new Error('too late to matter'));
    expect(turns.busy).toBe(false);
  });
});
