import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LATE_REPLY_LIMIT_MS } from '../../lib/connection/connection.js';
import { AsyncMongoClient } from '../../lib/index.js';
import { spawnDeployment } from '../../lib/testing.js';
import { seededRandom } from '../support/seeded-random.js';
import { startTamperingProxy } from '../support/tampering-proxy.js';
import type { Soak } from '../tools/soak-report.js';
import { Caller, PAPERS_EACH, type Paper } from './cross-talk/caller.js';
import { LateReplies } from './cross-talk/late-replies.js';
import { SlowReplies } from './cross-talk/slow-replies.js';

const CONNECTIONS = 20;
/** More than connections, so that deadlines and aborts also hit those who wait for one. */
const CALLERS = 25;
const LEAST_SAVED_PERCENT = 95;

const firstOf = (faults: readonly string[]): string =>
  [String(faults.length), ...faults.slice(0, 5)].join('; ');

export const soak: Soak = {
  what: 'deadlines and aborts at random: no reply reaches another caller, late replies cost no sockets [--operations N] [--seed S]',
  async run(report, args) {
    const { values } = parseArgs({
      args: [...args],
      options: { operations: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
    });
    const total = Number(values.operations);
    const seed = Number(values.seed);
    await using deployment = await spawnDeployment({ topology: 'replicaset' });
    const slow = new SlowReplies(seededRandom(seed));
    const port = Number(deployment.hosts[0]?.split(':').at(-1));
    const proxy = await startTamperingProxy({ port, ...slow.tampering });
    const client = new AsyncMongoClient(`mongodb://127.0.0.1:${String(proxy.port)}/?directConnection=true`, {
      maxPoolSize: CONNECTIONS,
    });
    const late = new LateReplies(client, slow);
    const papers = client.db('soak').collection<Paper>('papers');
    await papers.insertMany(
      Array.from({ length: CALLERS * PAPERS_EACH }, (_, index) => {
        const owner = Math.floor(index / PAPERS_EACH);
        return { _id: `${String(owner)}-${String(index % PAPERS_EACH)}`, owner };
      }),
    );
    await papers.createIndex({ owner: 1 });
    const callers = Array.from(
      { length: CALLERS },
      (_, id) => new Caller(papers, id, seededRandom(seed * 1_000 + id)),
    );
    const started = performance.now();
    let left = total;
    await Promise.all(
      callers.map(async (caller) => {
        while (left-- > 0) await caller.operate();
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    // Every late reply comes, or its socket goes, within the bound.
    await pause(LATE_REPLY_LIMIT_MS * 1.5);
    const stats = Object.values(client.stats().servers)[0];
    const sum = (count: (caller: Caller) => number): number =>
      callers.reduce((result, caller) => result + count(caller), 0);
    const opened = Math.max(0, late.opened - CONNECTIONS);
    const saved = late.inTime - late.wasted;
    const percent = (100 * saved) / late.inTime;
    report.say(
      `${String(total)} operations of ${String(CALLERS)} callers on ${String(CONNECTIONS)} sockets in ${seconds.toFixed(1)} s: ` +
        `${String(sum(({ answered }) => answered))} answered with ${String(sum(({ documents }) => documents))} documents, ` +
        `${String(sum(({ timedOut }) => timedOut))} timed out, ${String(sum(({ aborted }) => aborted))} aborted`,
    );
    report.say(
      `${String(late.givenUp)} gave up waiting for a reply: ${String(late.inTime)} replies within ` +
        `${String(LATE_REPLY_LIMIT_MS)} ms, ${String(late.tooLate)} later; ${String(opened)} sockets after the first ${String(CONNECTIONS)}`,
    );
    const crossTalk = callers.flatMap((caller) => caller.crossTalk);
    const faults = callers.flatMap((caller) => caller.faults);
    report.promise('replies were late', late.inTime > total / 20, String(late.inTime));
    report.promise("callers that saw another's data", crossTalk.length === 0, firstOf(crossTalk));
    report.promise('operations that failed in another way', faults.length === 0, firstOf(faults));
    report.promise(
      `at least ${String(LEAST_SAVED_PERCENT)} % of late replies within the bound cost no new socket`,
      percent >= LEAST_SAVED_PERCENT,
      `${percent.toFixed(2)} %, ${String(saved)} of ${String(late.inTime)}`,
    );
    report.promise(
      'no other socket was opened than for those',
      opened <= late.tooLate + late.wasted,
      `${String(opened)} opened, ${String(late.tooLate + late.wasted)} lost`,
    );
    report.promise(
      `never more than ${String(CONNECTIONS)} sockets`,
      late.mostOpen <= CONNECTIONS,
      String(late.mostOpen),
    );
    report.promise(
      'no connection is left in use',
      stats?.inUse === 0 && stats.waiting === 0,
      `${String(stats?.inUse)} in use, ${String(stats?.waiting)} waiting`,
    );
    await client.close();
    await proxy.close();
  },
};
