import { describe, expect, it } from '@jest/globals';
import { ObjectId } from '../../../lib/bson/values.js';
import { EventHub } from '../../../lib/core/event-hub.js';
import { isNetworkTimeout } from '../../../lib/core/errors/predicates.js';
import { Monitor, type MonitorOptions } from '../../../lib/topology/monitoring/monitor.js';
import type { ServerDescription } from '../../../lib/topology/description/server-description.js';
import type { TopologyEvents } from '../../../lib/topology/topology-events.js';
import { FakeMonitors } from '../../support/fake-monitors.js';
import { VirtualRuntime } from '../../support/virtual-runtime.js';
import { networkError, standalone } from '../topology-fixture.js';

const ADDRESS = 'a:27017';

const monitorFixture = (settings: Partial<MonitorOptions> = {}) => {
  const runtime = new VirtualRuntime();
  const monitors = new FakeMonitors(runtime);
  const events = new EventHub<TopologyEvents>();
  const heartbeats: string[] = [];
  for (const name of [
    'serverHeartbeatStarted',
    'serverHeartbeatSucceeded',
    'serverHeartbeatFailed',
  ] as const) {
    events.on(name, ({ connectionId, awaited }) =>
      heartbeats.push(`${name} ${connectionId} ${String(awaited)}`),
    );
  }
  const checked: ServerDescription[] = [];
  const monitor = new Monitor({
    address: ADDRESS,
    runtime,
    events,
    topologyId: new ObjectId(),
    heartbeatFrequencyMS: 10_000,
    connectTimeoutMS: 20_000,
    streaming: true,
    open: monitors.connect,
    onChecked: (description) => {
      const wasKnown = checked.at(-1)?.serverType === 'Standalone';
      checked.push(description);
      return wasKnown;
    },
    ...settings,
  });
  const answer = (outcome = standalone() as Parameters<FakeMonitors['answer']>[1]): Promise<void> =>
    monitors.answer(ADDRESS, outcome);
  return { runtime, monitors, heartbeats, checked, monitor, answer };
};

describe('Monitor', () => {
  it('begins anew at once when it is restarted: in a check, in the shortest pause and in the long one', async () => {
    const { monitor, monitors, runtime, answer, checked, heartbeats } = monitorFixture();
    monitor.restart();
    expect(monitors.checks).toHaveLength(0);
    monitor.start();
    await runtime.advance(300);
    monitor.restart();
    await runtime.settle();
    expect(monitors.checks).toHaveLength(2);
    expect(checked).toHaveLength(0);
    expect(heartbeats.at(-1)).toBe(`serverHeartbeatStarted ${ADDRESS} false`);
    for (const pauseMS of [100, 5_000]) {
      await answer();
      const before = monitors.checks.length;
      await runtime.advance(pauseMS);
      monitor.restart();
      await runtime.settle();
      expect(monitors.checks).toHaveLength(before + 1);
      expect(monitors.open).toBe(0);
    }
    await answer();
    expect(checked).toHaveLength(3);
    await monitor.stop();
  });

  it('[TOPO-4] checks again heartbeatFrequencyMS after the end of a check', async () => {
    const { monitor, monitors, runtime, answer } = monitorFixture();
    monitor.start();
    await runtime.advance(300);
    await answer();
    await runtime.advance(9_999);
    expect(monitors.checks).toHaveLength(1);
    await runtime.advance(1);
    expect(monitors.checks).toHaveLength(2);
    await monitor.stop();
  });

  it('[TIME-4] checks at once when asked to, but not before 500 ms have passed', async () => {
    const { monitor, monitors, runtime, answer } = monitorFixture();
    monitor.start();
    await answer();
    monitor.requestCheck();
    await runtime.advance(499);
    expect(monitors.checks).toHaveLength(1);
    await runtime.advance(1);
    expect(monitors.checks).toHaveLength(2);
    await answer();
    await runtime.advance(2_000);
    monitor.requestCheck();
    await runtime.settle();
    expect(monitors.checks).toHaveLength(3);
    await monitor.stop();
  });

  it('lets a check that is going on answer a request', async () => {
    const { monitor, monitors, runtime, answer } = monitorFixture();
    monitor.start();
    monitor.requestCheck();
    await answer();
    await runtime.advance(5_000);
    expect(monitors.checks).toHaveLength(1);
    await monitor.stop();
  });

  it('[TIME-2] gives a check up after connectTimeoutMS', async () => {
    const { monitor, checked, runtime } = monitorFixture({ connectTimeoutMS: 200 });
    monitor.start();
    await runtime.advance(199);
    expect(checked).toHaveLength(0);
    await runtime.advance(1);
    expect(checked[0]!.serverType).toBe('Unknown');
    expect(isNetworkTimeout(checked[0]!.error)).toBe(true);
    expect((checked[0]!.error as Error).message).toContain('200 ms (connectTimeoutMS)');
    await monitor.stop();
  });

  it('[TIME-2] waits without end where connectTimeoutMS is 0', async () => {
    const { monitor, monitors, checked, runtime } = monitorFixture({ connectTimeoutMS: 0 });
    monitor.start();
    await runtime.advance(10 ** 9);
    expect(checked).toHaveLength(0);
    expect(monitors.isPending(ADDRESS)).toBe(true);
    await monitor.stop();
  });

  it('checks once more at once when a known server fails, then pauses', async () => {
    const { monitor, monitors, runtime, answer } = monitorFixture();
    monitor.start();
    await answer();
    await runtime.advance(10_000);
    await answer(networkError(ADDRESS));
    expect(monitors.checks).toHaveLength(3);
    await answer(networkError(ADDRESS));
    await runtime.advance(9_000);
    expect(monitors.checks).toHaveLength(3);
    await monitor.stop();
  });

  it('announces each check and its end', async () => {
    const { monitor, heartbeats, runtime, answer } = monitorFixture();
    monitor.start();
    expect(heartbeats).toEqual([`serverHeartbeatStarted ${ADDRESS} false`]);
    await answer();
    await runtime.advance(10_000);
    await answer(networkError(ADDRESS));
    expect(heartbeats.map((line) => line.split(' ')[0])).toEqual([
      'serverHeartbeatStarted',
      'serverHeartbeatSucceeded',
      'serverHeartbeatStarted',
      'serverHeartbeatFailed',
      'serverHeartbeatStarted',
    ]);
    await monitor.stop();
  });

  it('measures round trips as a moving average that starts anew after a failure', async () => {
    const { monitor, checked, runtime, answer } = monitorFixture();
    monitor.start();
    await answer();
    for (const ms of [11, 6]) {
      await runtime.advance(10_000);
      await runtime.advance(ms);
      await answer();
    }
    const [first, second, third] = checked.map(({ roundTripTime }) => roundTripTime!);
    expect(first).toBe(1);
    expect(second).toBeCloseTo(0.2 * 11 + 0.8 * 1);
    expect(third).toBeCloseTo(0.2 * 6 + 0.8 * second!);
    expect(checked.map(({ minRoundTripTime }) => minRoundTripTime)).toEqual([0, 1, 1]);
    await runtime.advance(10_000);
    await answer(networkError(ADDRESS));
    expect(checked.at(-1)!.roundTripTime).toBeNull();
    await answer();
    expect(checked.at(-1)!.roundTripTime).toBe(1);
    await monitor.stop();
  });

  it('drops a cancelled check without a word about the server, and pauses', async () => {
    const { monitor, monitors, checked, heartbeats, runtime } = monitorFixture();
    monitor.start();
    monitor.cancelCheck();
    await runtime.advance(5_000);
    expect(checked).toHaveLength(0);
    expect(monitors.checks).toHaveLength(1);
    expect(heartbeats.at(-1)).toContain('serverHeartbeatFailed');
    await runtime.advance(5_000);
    expect(monitors.checks).toHaveLength(2);
    await monitor.stop();
  });

  it('closes a connection that opens although its check was cancelled', async () => {
    const late = { destroyed: false };
    const notAsked = () => Promise.reject(new Error('not asked'));
    const { monitor, checked, runtime } = monitorFixture({
      open: async () => {
        await new Promise<void>((done) => runtime.setTimer(50, done));
        return {
          takeHello: () => standalone(),
          moreToCome: false,
          check: notAsked,
          watch: notAsked,
          nextReply: notAsked,
          destroy: () => {
            late.destroyed = true;
          },
        };
      },
    });
    monitor.start();
    monitor.cancelCheck();
    await runtime.advance(60);
    expect(late.destroyed).toBe(true);
    expect(checked).toHaveLength(0);
    await monitor.stop();
  });

  it('[PROC-10] keeps no process alive while it pauses', async () => {
    const { monitor, runtime, answer } = monitorFixture();
    monitor.start();
    await answer();
    expect(runtime.pendingTimers).toEqual({ all: 1, held: 0 });
    await monitor.stop();
  });

  it('leaves nothing behind when it is stopped, wherever it is', async () => {
    for (const at of ['check', 'pause'] as const) {
      const { monitor, monitors, runtime, answer } = monitorFixture();
      monitor.start();
      if (at === 'pause') await answer();
      await monitor.stop();
      expect(runtime.pendingTimers.all).toBe(0);
      expect(monitors.open).toBe(0);
    }
  });
});
