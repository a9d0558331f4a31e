import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { OperationFailure } from '../../lib/core/errors/server.js';
import { NO_DEADLINE } from '../../lib/core/deadline.js';
import { EventHub } from '../../lib/core/event-hub.js';
import type { Lease } from '../../lib/pool/lease.js';
import { Pool } from '../../lib/pool/pool.js';
import type { PoolEvents } from '../../lib/pool/pool-events.js';
import { DEFAULT_POOL_SETTINGS, type PoolSettings } from '../../lib/pool/pool-options.js';
import { FakeConnector } from '../support/fake-connector.js';
import { VirtualRuntime } from '../support/virtual-runtime.js';
import { hasSpecData, jsonFilesUnder, specDataDirectory } from './spec-data.js';

const FOLDER = join(specDataDirectory(), 'connection-monitoring-and-pooling/tests/cmap-format');

interface Step {
  readonly name: string;
  readonly thread?: string;
  readonly target?: string;
  readonly ms?: number;
  readonly event?: string;
  readonly count?: number;
  readonly timeout?: number;
  readonly label?: string;
  readonly connection?: string;
  readonly interruptInUseConnections?: boolean;
}

interface CmapFile {
  readonly description: string;
  readonly poolOptions?: Partial<PoolSettings> & { readonly backgroundThreadIntervalMS?: number };
  readonly failPoint?: {
    readonly mode: 'alwaysOn' | { readonly times: number };
    readonly data: { readonly blockTimeMS?: number; readonly errorCode?: number };
  };
  readonly operations: readonly Step[];
  readonly error?: { readonly type: string; readonly message: string };
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly ignore: readonly string[];
}

const EVENT_NAMES: Readonly<Record<string, keyof PoolEvents>> = {
  ConnectionPoolCreated: 'connectionPoolCreated',
  ConnectionPoolReady: 'connectionPoolReady',
  ConnectionPoolCleared: 'connectionPoolCleared',
  ConnectionPoolClosed: 'connectionPoolClosed',
  ConnectionCreated: 'connectionCreated',
  ConnectionReady: 'connectionReady',
  ConnectionClosed: 'connectionClosed',
  ConnectionCheckOutStarted: 'connectionCheckOutStarted',
  ConnectionCheckOutFailed: 'connectionCheckOutFailed',
  ConnectionCheckedOut: 'connectionCheckedOut',
  ConnectionCheckedIn: 'connectionCheckedIn',
};

const matches = (expected: unknown, actual: unknown): void => {
  if (expected === 42 || expected === '42') {
    expect(actual).toBeDefined();
    expect(actual).not.toBeNull();
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [key, value] of Object.entries(expected))
      matches(value, (actual as Record<string, unknown>)[key]);
  } else {
    expect(actual).toEqual(expected);
  }
};

/** What the fail point of an integration-style file does to the hello of a new connection. */
const installFailPoint = (connector: FakeConnector, file: CmapFile): void => {
  if (file.failPoint === undefined) return;
  const { mode, data } = file.failPoint;
  let left = mode === 'alwaysOn' ? Infinity : mode.times;
  connector.delayMS = data.blockTimeMS ?? 1;
  connector.failure = () => {
    if (left-- <= 0 || data.errorCode === undefined) return undefined;
    return new OperationFailure('failing command via fail point', { code: data.errorCode });
  };
};

const run = async (file: CmapFile): Promise<void> => {
  const runtime = new VirtualRuntime();
  const hub = new EventHub<PoolEvents>();
  const seen: Record<string, unknown>[] = [];
  for (const [type, name] of Object.entries(EVENT_NAMES)) {
    hub.on(name, (event) => seen.push({ type, ...event }));
  }
  const connector = new FakeConnector(runtime, 'h:27017');
  installFailPoint(connector, file);
  const {
    backgroundThreadIntervalMS: _,
    appName: __,
    ...settings
  } = (file.poolOptions ?? {}) as Record<string, unknown>;
  const pool: Pool = new Pool({
    ...DEFAULT_POOL_SETTINGS,
    ...(settings as Partial<PoolSettings>),
    address: connector.address,
    runtime,
    connect: connector.connect,
    events: hub,
    // The part of the deployment: an error the server reported on a new connection clears the pool.
    onConnectFailure: ({ error }) => pool.clear({ error }),
  });

  const labels = new Map<string, Lease>();
  const threads = new Map<string, Promise<unknown>>();
  const perform = async (step: Step): Promise<void> => {
    switch (step.name) {
      case 'ready':
        return pool.ready();
      case 'clear':
        return pool.clear({ interruptInUse: step.interruptInUseConnections ?? false });
      case 'close':
        return pool.close();
      case 'checkOut': {
        const lease = await pool.checkOut(NO_DEADLINE);
        if (step.label !== undefined) labels.set(step.label, lease);
        return;
      }
      case 'checkIn':
        return pool.checkIn(labels.get(step.connection!)!);
      case 'wait':
        return runtime.advance(step.ms!);
      case 'waitForEvent': {
        const end = runtime.now() + (step.timeout ?? 10_000);
        const happened = (): number => seen.filter(({ type }) => type === step.event).length;
        while (happened() < step.count!) {
          if (runtime.now() >= end)
            throw new Error(`${String(step.event)} happened ${String(happened())} times only`);
          await runtime.advance(1);
        }
        return;
      }
      case 'waitForThread':
        return void (await threads.get(step.target!));
      default:
        throw new Error(`unknown operation ${step.name}`);
    }
  };

  let failure: unknown;
  /** Time passes while the main thread waits for something. */
  const finished = async (work: Promise<unknown>): Promise<void> => {
    let open = true;
    const settled = work.finally(() => {
      open = false;
    });
    settled.catch(() => undefined);
    await runtime.settle();
    while (open) await runtime.advance(1);
    await settled;
  };
  try {
    for (const step of file.operations) {
      if (step.name === 'start') {
        threads.set(step.target!, Promise.resolve());
      } else if (step.thread === undefined) {
        const timed = step.name.startsWith('wait') && step.name !== 'waitForThread';
        await (timed ? perform(step) : finished(perform(step)));
      } else {
        const work = threads.get(step.thread)!.then(() => perform(step));
        work.catch(() => undefined);
        threads.set(step.thread, work);
        await runtime.settle();
      }
    }
  } catch (error) {
    failure = error;
  }
  if (file.error === undefined) {
    expect(failure).toBeUndefined();
  } else {
    expect((failure as Error).name).toBe(file.error.type);
    expect((failure as Error).message).toContain(file.error.message);
  }
  const relevant = seen.filter(({ type }) => !file.ignore.includes(type as string));
  for (const [index, expected] of file.events.entries()) matches(expected, relevant[index]);
  pool.close();
};

(hasSpecData() ? describe : describe.skip)('connection monitoring and pooling, official files', () => {
  const files = jsonFilesUnder(FOLDER);
  it('finds the files', () => {
    expect(files.length).toBeGreaterThan(0);
  });
  for (const name of files) {
    const file = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as CmapFile;
    it(`${name}: ${file.description}`, () => run(file));
  }
});
