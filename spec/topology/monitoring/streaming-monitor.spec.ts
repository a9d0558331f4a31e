import { afterEach, describe, expect, it } from '@jest/globals';
import type { Document } from '../../../lib/bson/document.js';
import { ObjectId } from '../../../lib/bson/values.js';
import { EventHub } from '../../../lib/core/event-hub.js';
import { isNetworkTimeout } from '../../../lib/core/errors/predicates.js';
import { OperationFailure } from '../../../lib/core/errors/server.js';
import { Monitor, type MonitorOptions } from '../../../lib/topology/monitoring/monitor.js';
import type { ServerDescription } from '../../../lib/topology/description/server-description.js';
import { mayStream } from '../../../lib/topology/monitoring/server-monitoring-mode.js';
import type { TopologyEvents } from '../../../lib/topology/topology-events.js';
import { FakeStreams } from '../../support/fake-streams.js';
import { VirtualRuntime } from '../../support/virtual-runtime.js';
import { networkError, standalone } from '../topology-fixture.js';

const ADDRESS = 'a:27017';
const processId = new ObjectId();

const hello = (counter: number): Document =>
  standalone({ topologyVersion: { processId, counter: BigInt(counter) } });

const running: Monitor[] = [];

afterEach(async () => {
  for (const monitor of running.splice(0)) await monitor.stop();
});

const monitorFixture = (settings: Partial<MonitorOptions> = {}) => {
  const runtime = new VirtualRuntime();
  const streams = new FakeStreams(runtime);
  const events = new EventHub<TopologyEvents>();
  const heartbeats: string[] = [];
  const durations: number[] = [];
  events.on('serverHeartbeatStarted', ({ awaited }) => heartbeats.push(`started ${String(awaited)}`));
  events.on('serverHeartbeatSucceeded', ({ awaited, duration }) => {
    heartbeats.push(`succeeded ${String(awaited)}`);
    durations.push(duration);
  });
  events.on('serverHeartbeatFailed', ({ awaited }) => heartbeats.push(`failed ${String(awaited)}`));
  const checked: ServerDescription[] = [];
  const monitor = new Monitor({
    address: ADDRESS,
    runtime,
    events,
    topologyId: new ObjectId(),
    heartbeatFrequencyMS: 10_000,
    connectTimeoutMS: 20_000,
    streaming: true,
    open: streams.connect,
    onChecked: (description) => {
      const wasKnown = checked.at(-1)?.serverType === 'Standalone';
      checked.push(description);
      return wasKnown;
    },
    ...settings,
  });
  running.push(monitor);
  monitor.start();
  return { runtime, streams, heartbeats, durations, checked, monitor };
};

/** A monitor whose server has answered the handshake: connection 0 watches, connection 1 measures. */
const watching = async (settings: Partial<MonitorOptions> = {}) => {
  const fixture = monitorFixture(settings);
  await fixture.streams.at(0).answer(hello(1));
  return { ...fixture, stream: fixture.streams.at(0), meter: fixture.streams.at(1) };
};

describe('Monitor of a server that tells by itself', () => {
  it('[TOPO-5] asks at once to be told of the next state, and reads on while more is to come', async () => {
    const { stream, checked, runtime } = await watching();
    expect(stream.questions.at(-1)).toMatchObject({
      kind: 'watch',
      known: { processId, counter: 1n },
      maxAwaitTimeMS: 10_000,
    });
    await runtime.advance(3);
    await stream.answer(hello(2), { moreToCome: true });
    await stream.answer(hello(3), { moreToCome: true });
    expect(stream.kinds).toEqual(['handshake', 'watch', 'nextReply', 'nextReply']);
    await stream.answer(hello(4));
    expect(stream.questions.at(-1)).toMatchObject({ kind: 'watch', known: { counter: 4n } });
    expect(checked.map(({ topologyVersion }) => topologyVersion?.counter)).toEqual([1n, 2n, 3n, 4n]);
  });

  it('[TOPO-5] polls a server that does not say its topologyVersion, and every server where streaming is off', async () => {
    for (const { settings, reply } of [
      { settings: {}, reply: standalone() },
      { settings: { streaming: false }, reply: hello(1) },
    ]) {
      const { streams, runtime } = monitorFixture(settings);
      await streams.at(0).answer(reply);
      await runtime.advance(10_000);
      expect(streams.at(0).kinds).toEqual(['handshake', 'check']);
      expect(streams.connections).toHaveLength(1);
    }
  });

  it('[TOPO-5] goes back to polling when the server stops to say its topologyVersion', async () => {
    const { stream, meter, runtime, streams } = await watching();
    await meter.answer(hello(1));
    await stream.answer(standalone());
    expect(meter.open).toBe(false);
    await runtime.advance(10_000);
    expect(stream.kinds).toEqual(['handshake', 'watch', 'check']);
    expect(streams.connections).toHaveLength(2);
  });

  it('announces awaited checks as such, with the time they took', async () => {
    const { stream, heartbeats, durations, runtime } = await watching();
    await runtime.advance(7_000);
    await stream.answer(hello(2));
    expect(heartbeats).toEqual([
      'started false',
      'succeeded false',
      'started true',
      'succeeded true',
      'started true',
    ]);
    expect(durations).toEqual([1, 7_000]);
  });

  it('[TIME-2] waits connectTimeoutMS + heartbeatFrequencyMS for an awaited answer, and without end where that is 0', async () => {
    const { stream, checked, runtime } = await watching({ connectTimeoutMS: 300 });
    expect(stream.questions.map(({ limitMS }) => limitMS)).toEqual([300, 10_300]);
    await runtime.advance(10_300);
    const { error } = checked.at(-1)!;
    expect(isNetworkTimeout(error)).toBe(true);
    expect((error as Error).message).toContain('10300 ms (connectTimeoutMS + heartbeatFrequencyMS)');
    const unlimited = await watching({ connectTimeoutMS: 0 });
    expect(unlimited.stream.questions.at(-1)?.limitMS).toBe(Infinity);
  });

  it('[POOL-16] measures round trips on a second connection, every heartbeatFrequencyMS', async () => {
    const { stream, meter, checked, runtime, streams, heartbeats } = await watching();
    await meter.answer(hello(1));
    await runtime.advance(10_000);
    await runtime.advance(6);
    await meter.answer(hello(1));
    const before = heartbeats.length;
    await stream.answer(hello(2));
    expect(checked.at(-1)!.roundTripTime).toBeCloseTo(0.2 * 6 + 0.8 * 1);
    expect(checked.at(-1)!.minRoundTripTime).toBe(1);
    expect(meter.questions.map(({ kind, at, limitMS }) => [kind, at, limitMS])).toEqual([
      ['handshake', 0, 20_000],
      ['check', 10_000, 20_000],
    ]);
    expect(streams.connections).toHaveLength(2);
    expect(heartbeats).toHaveLength(before + 2);
  });

  it('takes no round trip from an answer that waited', async () => {
    const { stream, checked, runtime } = await watching();
    await runtime.advance(9_000);
    await stream.answer(hello(2));
    expect(checked.map(({ roundTripTime, minRoundTripTime }) => [roundTripTime, minRoundTripTime])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  it('thinks no worse of a server whose round trip cannot be measured, and measures the next on a new connection', async () => {
    const { meter, checked, runtime, streams } = await watching();
    await meter.answer(networkError(ADDRESS));
    expect(checked).toHaveLength(1);
    await runtime.advance(10_000);
    await streams.at(2).answer(hello(1));
    expect([meter.open, streams.at(2).open]).toEqual([false, true]);
    expect(checked).toHaveLength(1);
  });

  it('[POOL-16] measures round trips on one connection again after the server was lost and found', async () => {
    const { stream, meter, streams, checked } = await watching();
    await meter.answer(hello(1));
    await stream.answer(networkError(ADDRESS));
    expect(checked.at(-1)!.serverType).toBe('Unknown');
    expect([stream.open, meter.open]).toEqual([false, false]);
    await streams.at(2).answer(hello(1));
    await streams.at(3).answer(hello(1));
    expect(streams.connections.map(({ open }) => open)).toEqual([false, false, true, true]);
  });

  it('checks once more at once when a stream breaks, then pauses', async () => {
    const { stream, streams, runtime } = await watching();
    await stream.answer(networkError(ADDRESS));
    await streams.at(2).answer(networkError(ADDRESS));
    await runtime.advance(9_999);
    expect(streams.connections).toHaveLength(3);
    await runtime.advance(1);
    expect(streams.connections).toHaveLength(4);
  });

  it('pauses after a refusal, on whatever connection it came', async () => {
    const { stream, streams, checked, runtime } = await watching();
    await stream.answer(new OperationFailure('no', { code: 91 }));
    expect(checked.at(-1)!.error).toMatchObject({ code: 91 });
    expect(stream.open).toBe(false);
    await runtime.advance(9_999);
    expect(streams.connections).toHaveLength(2);
  });

  it('[TOPO-6] gives the stream up when it is cancelled, and looks again no sooner than after 500 ms', async () => {
    const { monitor, meter, streams, runtime, checked, heartbeats } = await watching();
    await meter.answer(hello(1));
    monitor.cancelCheck();
    await runtime.settle();
    expect(streams.open).toBe(0);
    expect(heartbeats.at(-1)).toBe('failed true');
    expect(checked).toHaveLength(1);
    monitor.requestCheck();
    await runtime.advance(499);
    expect(streams.connections).toHaveLength(2);
    await runtime.advance(1);
    expect(streams.connections).toHaveLength(3);
  });

  it('heeds a request that follows a cancellation at once', async () => {
    const { monitor, streams, runtime } = await watching();
    monitor.cancelCheck();
    monitor.requestCheck();
    await runtime.advance(500);
    expect(streams.connections).toHaveLength(3);
  });

  it('lets the stream answer a request', async () => {
    const { monitor, stream, runtime } = await watching();
    monitor.requestCheck();
    await runtime.advance(5_000);
    expect(stream.kinds).toEqual(['handshake', 'watch']);
  });

  it('[PROC-10] keeps no process alive, and leaves nothing behind when it is stopped', async () => {
    const { monitor, meter, streams, runtime } = await watching();
    expect(runtime.pendingTimers.held).toBe(0);
    await meter.answer(hello(1));
    expect(runtime.pendingTimers.held).toBe(0);
    await monitor.stop();
    expect(runtime.pendingTimers.all).toBe(0);
    expect(streams.open).toBe(0);
  });

  it('leaves nothing behind when it is stopped while a round trip is measured', async () => {
    const { monitor, meter, streams, runtime } = await watching();
    expect(meter.isPending).toBe(true);
    await monitor.stop();
    expect(runtime.pendingTimers.all).toBe(0);
    expect([streams.open, meter.isPending]).toEqual([0, false]);
  });
});

describe('serverMonitoringMode', () => {
  it('[TOPO-5] streams by default, but not where a platform freezes the process between calls', () => {
    const lambda = { AWS_LAMBDA_RUNTIME_API: 'x' };
    expect(mayStream('auto', {})).toBe(true);
    expect(mayStream('auto', lambda)).toBe(false);
    expect(mayStream('stream', lambda)).toBe(true);
    expect(mayStream('poll', {})).toBe(false);
  });
});
