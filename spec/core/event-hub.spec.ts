import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { EventHub } from '../../lib/core/event-hub.js';

interface Events {
  readonly happened: { readonly n: number };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('EventHub', () => {
  it('delivers to every listener in the order they were added', () => {
    const hub = new EventHub<Events>();
    const seen: string[] = [];
    hub.on('happened', ({ n }) => seen.push(`a${String(n)}`));
    hub.on('happened', ({ n }) => seen.push(`b${String(n)}`));
    hub.publish('happened', { n: 1 });
    expect(seen).toEqual(['a1', 'b1']);
  });

  it('tells whether anybody listens', () => {
    const hub = new EventHub<Events>();
    const listener = (): void => undefined;
    expect(hub.has('happened')).toBe(false);
    hub.on('happened', listener);
    expect(hub.has('happened')).toBe(true);
    hub.off('happened', listener);
    expect(hub.has('happened')).toBe(false);
  });

  it('delivers once to a listener of once', () => {
    const hub = new EventHub<Events>();
    const seen: number[] = [];
    hub.once('happened', ({ n }) => seen.push(n));
    hub.publish('happened', { n: 1 });
    hub.publish('happened', { n: 2 });
    expect(seen).toEqual([1]);
  });

  it('[INFO-5] a listener that throws disturbs nobody, and is reported', () => {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const hub = new EventHub<Events>();
    const seen: number[] = [];
    hub.on('happened', () => {
      throw new Error('listener broke');
    });
    hub.on('happened', ({ n }) => seen.push(n));
    hub.publish('happened', { n: 1 });
    expect(seen).toEqual([1]);
    expect(warning.mock.calls).toEqual([[expect.stringContaining('listener broke'), 'AsyncMongoWarning']]);
  });

  it('[INFO-5] so is an async one that rejects, under the event that it was called for', async () => {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const hub = new EventHub<Events & { readonly ended: undefined }>();
    const listener = (async () => Promise.reject(new Error('listener broke later'))) as () => void;
    hub.on('happened', listener);
    hub.on('ended', listener);
    hub.publish('ended', undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warning.mock.calls).toEqual([
      [expect.stringMatching(/"ended" threw: .*listener broke later/s), 'AsyncMongoWarning'],
    ]);
    hub.off('ended', listener);
    expect([hub.has('ended'), hub.has('happened')]).toEqual([false, true]);
  });
});
