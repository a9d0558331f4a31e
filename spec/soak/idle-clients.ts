import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AsyncMongoClient } from '../../lib/index.js';
import { spawnDeployment } from '../../lib/testing.js';
import type { DriverName } from '../../benchmarks/drivers.js';
import type { Soak, SoakReport } from '../tools/soak-report.js';
import type { HandshakeReport, MemoryReport } from './idle-clients/clients.js';

const MEMBERS = 3;
const MOST_OF_OFFICIAL = 0.6;
const MAX_CONNECTING = 2;

/** Clients of one driver in a process of their own. */
class Clients {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(driver: DriverName, uri: string, count: number): Promise<Clients> {
    const script = fileURLToPath(new URL('./idle-clients/clients.ts', import.meta.url));
    const child = fork(script, [driver, uri, String(count)], {
      execArgv: ['--expose-gc', '--import', 'tsx'],
    });
    const clients = new Clients(child);
    await clients.#answer();
    return clients;
  }

  async ask<T>(question: 'memory' | 'watch' | 'handshakes'): Promise<T> {
    this.#child.send(question);
    return (await this.#answer()) as T;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async #answer(): Promise<unknown> {
    const [answer] = (await Promise.race([
      once(this.#child, 'message'),
      once(this.#child, 'exit').then(([code]) => {
        throw new Error(`The process of the clients ended with code ${String(code)}`);
      }),
    ])) as [unknown];
    return answer;
  }
}

const KIB = 1024;

const measure = async (
  report: SoakReport,
  driver: DriverName,
  uri: string,
  count: number,
): Promise<number> => {
  const clients = await Clients.start(driver, uri, count);
  try {
    const { heapBytes, rssBytes } = await clients.ask<MemoryReport>('memory');
    const perClient = (bytes: number): string => `${(bytes / count / KIB).toFixed(1)} KiB`;
    report.say(
      `${driver}: ${String(count)} idle clients, per client ${perClient(heapBytes)} of heap and buffers, ${perClient(rssBytes)} of resident memory`,
    );
    return heapBytes / count;
  } finally {
    await clients.stop();
  }
};

const stepDown = async (report: SoakReport, uri: string, count: number): Promise<void> => {
  const clients = await Clients.start('asyncmongo', uri, count);
  const control = new AsyncMongoClient(uri);
  try {
    await control.connect();
    await clients.ask('watch');
    await control
      .db('admin')
      .command({ replSetStepDown: 30, force: true })
      // The connection may go with the office.
      .catch(() => undefined);
    const { most, made, pools } = await clients.ask<HandshakeReport>('handshakes');
    report.say(
      `step-down: ${String(made)} handshakes in ${String(pools)} pools until every client wrote again`,
    );
    report.promise(
      `at most ${String(MAX_CONNECTING)} handshakes at a time in a pool`,
      most <= MAX_CONNECTING,
      String(most),
    );
  } finally {
    await control.close({ force: true });
    await clients.stop();
  }
};

export const soak: Soak = {
  what: 'idle clients: memory of each beside the official driver, handshakes after a step-down [--clients N]',
  async run(report, args) {
    const { values } = parseArgs({
      args: [...args],
      options: { clients: { type: 'string', default: '500' } },
    });
    const count = Number(values.clients);
    // The built package, as users run it: a loader of sources names each closure, which costs more than the closure.
    execFileSync('npm', ['run', 'build', '--silent'], { stdio: 'inherit' });
    await using deployment = await spawnDeployment({
      topology: 'replicaset',
      members: MEMBERS,
      electionTimeoutMS: 1_000,
    });
    const ours = await measure(report, 'asyncmongo', deployment.uri, count);
    const theirs = await measure(report, 'official', deployment.uri, count);
    const share = ours / theirs;
    report.promise(
      `memory of an idle client at most ${String(MOST_OF_OFFICIAL * 100)} % of the official driver's`,
      share <= MOST_OF_OFFICIAL,
      `${(share * 100).toFixed(1)} %`,
    );
    await stepDown(report, deployment.uri, count);
  },
};
