import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseExtendedJson } from '../../lib/bson.js';
import { AsyncMongoClient } from '../../lib/index.js';
import { spawnDeployment } from '../../lib/testing.js';
import { deferred } from '../../lib/core/deferred.js';
import { seededRandom } from '../support/seeded-random.js';
import type { Soak } from '../tools/soak-report.js';

const BATCH = 50;

/** Reader processes, one after the other; each goes on where the kept token stands. */
class Readers {
  readonly #start: () => ChildProcess;
  readonly faults: string[] = [];
  starts = 0;
  #current: ChildProcess;
  /** The first one has kept its place: from now on no event may be lost. */
  readonly ready = deferred<void>();
  readonly done = deferred<void>();

  constructor(uri: string, file: string, total: number) {
    const script = fileURLToPath(new URL('./change-stream/reader.ts', import.meta.url));
    this.#start = () => {
      this.starts += 1;
      const child = spawn(process.execPath, ['--import', 'tsx', script, uri, file, String(total)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('kept')) this.ready.resolve();
        if (line.startsWith('broken')) this.faults.push(line);
      });
      child.once('exit', (code, signal) => {
        if (signal === 'SIGKILL') return;
        if (code !== 0 && this.faults.length === 0)
          this.faults.push(`a reader ended with code ${String(code)}`);
        this.done.resolve();
      });
      return child;
    };
    this.#current = this.#start();
  }

  /** Ends the process without a word to it and starts another. */
  async restart(): Promise<void> {
    const child = this.#current;
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
    this.#current = this.#start();
  }

  stop(): void {
    this.#current.kill('SIGKILL');
  }
}

export const soak: Soak = {
  what: 'change stream: no event lost or twice through elections, lost sockets and restarts [--events N] [--seed S]',
  async run(report, args) {
    const { values } = parseArgs({
      args: [...args],
      options: { events: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
    });
    const total = Math.ceil(Number(values.events) / BATCH) * BATCH;
    const plan = { elections: 20, socketKills: 200, restarts: 5 };
    const { integer } = seededRandom(Number(values.seed));
    const directory = mkdtempSync(join(tmpdir(), 'asyncmongo-soak-'));
    const file = join(directory, 'token.json');
    await using deployment = await spawnDeployment({ topology: 'replicaset', members: 3 });
    await using client = new AsyncMongoClient(deployment.uri);
    const admin = client.db('admin');
    const events = client.db('soak').collection<{ _id: number }>('events');
    await client.db('soak').createCollection('events');
    const readers = new Readers(deployment.uri, file, total);
    const done = { elections: 0, socketKills: 0, restarts: 0 };

    const faults: Readonly<Record<keyof typeof plan, () => Promise<unknown>>> = {
      elections: () => admin.command({ replSetStepDown: 1, secondaryCatchUpPeriodSecs: 1 }),
      socketKills: () =>
        admin.command({
          configureFailPoint: 'failCommand',
          mode: { times: 1 },
          data: { failCommands: ['getMore', 'aggregate'], closeConnection: true },
        }),
      restarts: () => readers.restart(),
    };
    const batches = total / BATCH;
    const schedule = new Map<number, (keyof typeof plan)[]>();
    for (const [name, count] of Object.entries(plan)) {
      for (let k = 0; k < count; k++) {
        const at = integer(Math.floor(batches * 0.95));
        schedule.set(at, [...(schedule.get(at) ?? []), name as keyof typeof plan]);
      }
    }
    const readUpTo = (): number => (parseExtendedJson(readFileSync(file, 'utf8')) as { last: number }).last;
    /** A fault is to meet a stream that goes on: one whose attempt to resume fails, too, ends as specified. */
    const caughtUp = async (event: number): Promise<void> => {
      for (let tries = 0; tries < 3_000 && readUpTo() < event && readers.faults.length === 0; tries++)
        await pause(10);
    };
    try {
      await readers.ready.promise;
      for (let batch = 0; batch < batches; batch++) {
        for (const name of schedule.get(batch) ?? []) {
          await caughtUp(batch * BATCH - 1);
          // A step-down answers with an error where the connection goes with it: the election counts all the same.
          await faults[name]().catch(() => undefined);
          done[name] += 1;
        }
        const from = batch * BATCH;
        await events.insertMany(
          Array.from({ length: BATCH }, (_, k) => ({ _id: from + k })),
          { writeConcern: { w: 'majority' } },
        );
        if (readers.faults.length > 0) break;
      }
      await Promise.race([readers.done.promise, pause(120_000)]);
    } finally {
      readers.stop();
    }
    const last = readUpTo();
    rmSync(directory, { recursive: true });
    report.promise('elections', done.elections === plan.elections, String(done.elections));
    report.promise(
      'sockets lost while in use',
      done.socketKills === plan.socketKills,
      String(done.socketKills),
    );
    report.promise(
      'processes started anew from the kept token',
      readers.starts - 1 === plan.restarts,
      String(readers.starts - 1),
    );
    report.promise(
      'no event lost, none twice behind a kept token',
      readers.faults.length === 0,
      readers.faults.join('; ') || `${String(total)} events in line, token kept behind ${String(last)}`,
    );
  },
};
