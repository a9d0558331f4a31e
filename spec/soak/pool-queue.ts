import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AsyncMongoClient } from '../../lib/index.js';
import type { Soak } from '../tools/soak-report.js';
import { CheckOutLog } from './pool-queue/check-out-log.js';
import { idealWaits, quantile } from './pool-queue/ideal-queue.js';

const CONNECTIONS = 10;
const SERVICE_MS = 5;
/** Of p99, against a queue that costs nothing. */
const MOST_TIMES_IDEAL = 1.3;
const MOST_GROWTH_MIB = 2;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const heapMiB = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const ms = (value: number): string => `${value.toFixed(1)} ms`;

export const soak: Soak = {
  what: 'a queue of callers on ten connections: order, waits against the ideal queue, no leak [--callers N] [--seconds S]',
  async run(report, args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        callers: { type: 'string', default: '1000' },
        seconds: { type: 'string', default: '60' },
      },
    });
    const callers = Number(values.callers);
    const script = fileURLToPath(new URL('./pool-queue/server.ts', import.meta.url));
    const server = spawn(process.execPath, ['--import', 'tsx', script, String(SERVICE_MS)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const [uri] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
      const client = new AsyncMongoClient(uri, { maxPoolSize: CONNECTIONS, maxConnecting: CONNECTIONS });
      const collection = client.db('soak').collection('queue');
      const find = (): Promise<unknown> => collection.findOne({ _id: 1 });
      await Promise.all(Array.from({ length: CONNECTIONS }, find));

      /** All callers ask, one operation after the other, for so long. */
      const load = async (forMS: number): Promise<void> => {
        const endAt = performance.now() + forMS;
        const caller = async (): Promise<void> => {
          while (performance.now() < endAt) await find();
        };
        await Promise.all(Array.from({ length: callers }, caller));
      };
      const seconds = Number(values.seconds);
      await load(seconds * 100);
      const before = heapMiB();
      await load(seconds * 450);
      const growth = heapMiB() - before;
      const log = new CheckOutLog(client);
      await load(seconds * 450);

      const { entries } = log;
      // The last ones find a queue that empties: they do not wait long, here and there.
      const waits = entries.map(({ askedAt, gotAt }) => gotAt - askedAt);
      const ideal = idealWaits(entries, CONNECTIONS);
      const [p50, p99] = [quantile(waits, 0.5), quantile(waits, 0.99)];
      const [ideal50, ideal99] = [quantile(ideal, 0.5), quantile(ideal, 0.99)];
      const [stats] = Object.values(client.stats().servers);
      report.say(
        `${String(callers)} callers, ${String(CONNECTIONS)} connections, ${String(SERVICE_MS)} ms a command: ` +
          `${String(entries.length)} check-outs, wait p50 ${ms(p50)} (ideal ${ms(ideal50)})`,
      );
      report.promise(
        'first come, first served',
        log.overtakings === 0,
        `${String(log.overtakings)} overtakings`,
      );
      report.promise(
        `p99 of the wait at most ${String(MOST_TIMES_IDEAL)} times that of the ideal queue`,
        p99 <= ideal99 * MOST_TIMES_IDEAL,
        `${ms(p99)} to ${ms(ideal99)}, ${(p99 / ideal99).toFixed(2)} times`,
      );
      report.promise(
        `the heap grows by less than ${String(MOST_GROWTH_MIB)} MiB`,
        growth < MOST_GROWTH_MIB,
        `${growth.toFixed(2)} MiB`,
      );
      report.promise(
        'nobody waits any more, no connection is in use',
        stats?.inUse === 0 && stats.waiting === 0 && stats.connecting === 0 && stats.idle === CONNECTIONS,
        `${String(stats?.inUse)} in use, ${String(stats?.waiting)} waiting, ${String(stats?.idle)} idle`,
      );
      await client.close();
      const left = process.getActiveResourcesInfo().filter((name) => /TCPSocket|TCPWrap|Timeout/.test(name));
      report.promise('close() leaves no socket and no timer', left.length === 0, left.join(', ') || 'none');
    } finally {
      server.stdin.end();
    }
  },
};
