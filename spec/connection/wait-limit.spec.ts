import { describe, expect, it, jest } from '@jest/globals';
import { WaitLimit } from '../../lib/connection/wait-limit.js';
import { NO_DEADLINE, operationDeadline } from '../../lib/core/deadline.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';

/** A connection's limit, the timers that were armed for it, and what it told. */
const fixture = () => {
  const clock = new VirtualRuntime();
  const told: unknown[] = [];
  const { mock } = jest.spyOn(clock, 'setTimer');
  const limit = new WaitLimit(clock, told, {
    onOver: (owner, reason) => void owner.push(reason),
    onSilence: (owner, silenceMS) => void owner.push(silenceMS),
  });
  const start = (ms: number): void => limit.start(operationDeadline(clock, ms, undefined, undefined));
  return { clock, limit, told, start, armed: () => mock.calls.length };
};

describe('the timer of a connection', () => {
  it('[TIME-5] is one for many operations with a limit that are done in time', async () => {
    const { clock, limit, told, start, armed } = fixture();
    for (let count = 0; count < 90; count++) {
      start(1_000);
      await clock.advance(10);
      limit.stop();
    }
    expect(armed()).toBe(1);
    await clock.advance(1_000);
    expect(told).toEqual([]);
    expect(clock.pendingTimers.all).toBe(0);
  });

  it('[TIME-5] ends the wait that goes on when it goes off, at the time of that wait', async () => {
    const { clock, limit, told, start, armed } = fixture();
    start(100);
    await clock.advance(60);
    limit.stop();
    start(100);
    await clock.advance(99);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual([expect.objectContaining({ name: 'OperationTimeout' })]);
    expect(armed()).toBe(2);
  });

  it('[TIME-1] counts a silence after the time that the server was asked to wait', async () => {
    const { clock, limit, told } = fixture();
    limit.silenceMS = 100;
    limit.patienceMS = 1_000;
    limit.start(NO_DEADLINE);
    await clock.advance(1_099);
    expect(told).toEqual([]);
    limit.noteActivity();
    limit.stop();
    limit.start(NO_DEADLINE);
    await clock.advance(99);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual([100]);
  });

  it('[TIME-5] is armed anew for an earlier end', async () => {
    const { clock, limit, told, start } = fixture();
    start(1_000);
    limit.stop();
    start(20);
    await clock.advance(20);
    expect(told).toHaveLength(1);
  });
});
