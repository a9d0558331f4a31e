import { parseArgs } from 'node:util';
import { AsyncMongoClient, type AsyncCollection } from '../../lib/index.js';
import { spawnDeployment } from '../../lib/testing.js';
import { seededRandom, type SeededRandom } from '../support/seeded-random.js';
import { startTamperingProxy } from '../support/tampering-proxy.js';
import type { Soak } from '../tools/soak-report.js';
import { LostReplies } from './exactly-once/lost-replies.js';

const CALLERS = 50;
/** About one in so many replies is lost, together with all that are on their way at that moment. */
const REPLIES_BETWEEN_LOSSES = 400;
const LIMIT_MS = 60_000;

interface Counter {
  readonly _id: number;
  readonly applied: number;
}

interface Entry {
  readonly _id: string;
}

/** One caller: a counter of its own that each of its writes moves by one, and entries that come and go. */
class Caller {
  readonly #counters: AsyncCollection<Counter>;
  readonly #entries: AsyncCollection<Entry>;
  readonly #id: number;
  readonly #chance: SeededRandom;
  readonly faults: string[] = [];
  #steps = 0;
  #entry = 0;

  constructor(
    collections: { readonly counters: AsyncCollection<Counter>; readonly entries: AsyncCollection<Entry> },
    id: number,
    seed: number,
  ) {
    this.#counters = collections.counters;
    this.#entries = collections.entries;
    this.#id = id;
    this.#chance = seededRandom(seed * 1_000 + id);
  }

  get id(): number {
    return this.#id;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Each result tells what the write did when it was applied, however often it was sent. */
  async write(): Promise<void> {
    try {
      await this.#chance.pick([this.#update, this.#findAndUpdate, this.#insertAndDelete, this.#bulk])();
    } catch (error) {
      this.faults.push(`caller ${String(this.#id)}: ${String(error)}`);
    }
  }

  readonly #update = async (): Promise<void> => {
    const { modifiedCount } = await this.#counters.updateOne({ _id: this.#id }, { $inc: { applied: 1 } });
    this.#steps++;
    this.#expect('modifiedCount', modifiedCount, 1);
  };

  readonly #findAndUpdate = async (): Promise<void> => {
    const before = await this.#counters.findOneAndUpdate({ _id: this.#id }, { $inc: { applied: 1 } });
    this.#expect('the counter before', before?.applied, this.#steps++);
  };

  /** Two writes in turn: a repeated insert would be a duplicate key, a repeated delete would find nothing. */
  readonly #insertAndDelete = async (): Promise<void> => {
    const _id = `${String(this.#id)}-${String(++this.#entry)}`;
    if (this.#entry % 2 === 1) {
      await this.#entries.insertOne({ _id });
      return;
    }
    const before = `${String(this.#id)}-${String(this.#entry - 1)}`;
    const { deletedCount } = await this.#entries.deleteOne({ _id: before });
    this.#expect('deletedCount', deletedCount, 1);
  };

  readonly #bulk = async (): Promise<void> => {
    const step = { updateOne: { filter: { _id: this.#id }, update: { $inc: { applied: 1 } } } } as const;
    const { modifiedCount } = await this.#counters.bulkWrite([step, step, step]);
    this.#steps += 3;
    this.#expect('modifiedCount', modifiedCount, 3);
  };

  #expect(what: string, actual: unknown, expected: number): void {
    if (actual !== expected) {
      this.faults.push(
        `caller ${String(this.#id)}: ${what} is ${String(actual)} instead of ${String(expected)}`,
      );
    }
  }
}

export const soak: Soak = {
  what: 'retryable writes whose replies are lost after the server applied them are applied once [--writes N] [--seed S]',
  async run(report, args) {
    const { values } = parseArgs({
      args: [...args],
      options: { writes: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
    });
    const total = Number(values.writes);
    const seed = Number(values.seed);
    await using deployment = await spawnDeployment({ topology: 'replicaset' });
    const lost = new LostReplies(seededRandom(seed), REPLIES_BETWEEN_LOSSES);
    const port = Number(deployment.hosts[0]?.split(':').at(-1));
    const proxy = await startTamperingProxy({ port, ...lost.tampering });
    const client = new AsyncMongoClient(`mongodb://127.0.0.1:${String(proxy.port)}/?directConnection=true`, {
      timeoutMS: LIMIT_MS,
      maxPoolSize: CALLERS,
    });
    const counters = client.db('soak').collection<Counter>('counters');
    const entries = client.db('soak').collection<Entry>('entries');
    await counters.insertMany(Array.from({ length: CALLERS }, (_, _id) => ({ _id, applied: 0 })));
    await client.db('soak').createCollection('entries');
    const callers = Array.from({ length: CALLERS }, (_, id) => new Caller({ counters, entries }, id, seed));
    const started = performance.now();
    lost.begin();
    let left = total;
    await Promise.all(
      callers.map(async (caller) => {
        while (left-- > 0) await caller.write();
      }),
    );
    lost.end();
    const seconds = (performance.now() - started) / 1000;
    const wrong = callers.flatMap(({ faults }) => faults);
    const applied = new Map(
      (await counters.find().toArray()).map((counter) => [counter._id, counter.applied]),
    );
    const unequal = callers.filter(({ id, steps }) => applied.get(id) !== steps);
    await client.close();
    await proxy.close();
    report.say(
      `${String(total)} writes of ${String(CALLERS)} callers in ${seconds.toFixed(1)} s; ${String(lost.count)} replies lost at ${String(lost.moments)} moments`,
    );
    report.promise('replies were lost', lost.count > total / 100, String(lost.count));
    report.promise('writes that failed or told of another effect', wrong.length === 0, firstOf(wrong));
    report.promise(
      'counters that took a step twice or not at all',
      unequal.length === 0,
      firstOf(
        unequal.map(({ id, steps }) => `${String(id)}: ${String(applied.get(id))} of ${String(steps)}`),
      ),
    );
  },
};

const firstOf = (faults: readonly string[]): string =>
  [String(faults.length), ...faults.slice(0, 5)].join('; ');
