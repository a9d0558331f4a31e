import { describe, expect, it } from '@jest/globals';
import { NO_DEADLINE, operationDeadline, type Deadline } from '../../lib/core/deadline.js';
import { ConfigurationError } from '../../lib/core/errors/usage.js';
import { timeout } from '../../lib/core/timeout.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';

/** What an operation gets that has neither a limit of its own nor an inherited one. */
const deadlineIn = (runtime: VirtualRuntime, own?: number | null, inherited?: number | null): Deadline =>
  operationDeadline(runtime, own, inherited, undefined);

describe('the deadline of an operation', () => {
  const runtime = new VirtualRuntime();

  it.each([
    { own: undefined, inherited: undefined, timeoutMS: undefined, expiresAt: Infinity },
    { own: undefined, inherited: 100, timeoutMS: 100, expiresAt: 100 },
    { own: 50, inherited: 100, timeoutMS: 50, expiresAt: 50 },
    { own: 200, inherited: 100, timeoutMS: 200, expiresAt: 200 },
    { own: 0, inherited: 100, timeoutMS: 0, expiresAt: Infinity },
    { own: null, inherited: 100, timeoutMS: 0, expiresAt: Infinity },
    { own: undefined, inherited: 0, timeoutMS: 0, expiresAt: Infinity },
    { own: undefined, inherited: null, timeoutMS: 0, expiresAt: Infinity },
  ])(
    '[TIME-5] timeoutMS $own over an inherited $inherited is $timeoutMS',
    ({ own, inherited, ...expected }) => {
      expect(deadlineIn(runtime, own, inherited)).toMatchObject(expected);
    },
  );

  it('[TIME-5] is none, and costs nothing, where no timeoutMS is set', () => {
    expect(deadlineIn(runtime)).toBe(NO_DEADLINE);
  });

  it('survives being copied', () => {
    const deadline = { ...deadlineIn(runtime, 20) };
    expect(deadline.timeoutError('here').message).toBe(
      'The operation did not finish within 20 ms (timeoutMS): it ended here',
    );
  });

  it('tells the cause in its error', () => {
    const cause = new Error('the pool is full');
    const error = deadlineIn(runtime, 20).timeoutError('there', cause);
    expect(error.message).toContain('the pool is full');
    expect(error.cause).toBe(cause);
  });
});

describe('timeout', () => {
  it('[TIME-6] gives all operations of a block one deadline', async () => {
    const runtime = new VirtualRuntime();
    const seen = await timeout(
      400,
      async () => {
        const first = deadlineIn(runtime);
        await runtime.advance(150);
        return [first, deadlineIn(runtime)];
      },
      { runtime },
    );
    expect(seen.map(({ expiresAt }) => expiresAt)).toEqual([400, 400]);
    expect(seen.map(({ timeoutMS }) => timeoutMS)).toEqual([400, 400]);
  });

  it('[TIME-6] ends with the block', async () => {
    const runtime = new VirtualRuntime();
    await timeout(400, () => undefined, { runtime });
    expect(deadlineIn(runtime)).toBe(NO_DEADLINE);
  });

  it('[TIME-6] inside another block can only be shorter', async () => {
    const runtime = new VirtualRuntime();
    const within = (ms: number | null): Promise<number> =>
      timeout(ms, () => deadlineIn(runtime).expiresAt, { runtime });
    await timeout(
      100,
      async () => {
        expect(await within(50)).toBe(50);
        expect(await within(500)).toBe(100);
        expect(await within(null)).toBe(100);
        expect(deadlineIn(runtime).expiresAt).toBe(100);
      },
      { runtime },
    );
  });

  it('[TIME-6] is nearer to an operation than a handle; the operation itself can only shorten it', async () => {
    const runtime = new VirtualRuntime();
    await timeout(
      100,
      () => {
        expect(deadlineIn(runtime, undefined, 20)).toMatchObject({ expiresAt: 100, timeoutMS: 100 });
        expect(deadlineIn(runtime, 20)).toMatchObject({ expiresAt: 20, timeoutMS: 20 });
        expect(deadlineIn(runtime, 500)).toMatchObject({ expiresAt: 100, timeoutMS: 100 });
        expect(deadlineIn(runtime, 0)).toMatchObject({ expiresAt: 100, timeoutMS: 100 });
      },
      { runtime },
    );
  });

  it.each([0, null])('of %p takes an inherited limit away', async (ms) => {
    const runtime = new VirtualRuntime();
    await timeout(
      ms,
      () => {
        expect(deadlineIn(runtime, undefined, 20)).toMatchObject({ expiresAt: Infinity, timeoutMS: 0 });
        expect(deadlineIn(runtime, 30)).toMatchObject({ expiresAt: 30, timeoutMS: 30 });
      },
      { runtime },
    );
  });

  it('does not reach flows that run beside it', async () => {
    const runtime = new VirtualRuntime();
    const inside = timeout(100, () => runtime.settle().then(() => deadlineIn(runtime)), { runtime });
    expect(deadlineIn(runtime)).toBe(NO_DEADLINE);
    expect((await inside).expiresAt).toBe(100);
  });

  it('passes on what the block returns and throws', async () => {
    expect(await timeout(100, () => 'value')).toBe('value');
    const failure = new Error('of the block');
    await expect(timeout(100, () => Promise.reject(failure))).rejects.toBe(failure);
  });

  it('refuses what is no duration', async () => {
    await expect(timeout(-1, () => 1)).rejects.toBeInstanceOf(ConfigurationError);
    await expect(timeout('5' as unknown as number, () => 1)).rejects.toBeInstanceOf(TypeError);
    await expect(timeout(Number.NaN, () => 1)).rejects.toBeInstanceOf(TypeError);
  });
});
