import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AsyncMongoClient } from '../../lib/index.js';
import { spawnDeployment } from '../../lib/testing.js';
import type { Soak } from '../tools/soak-report.js';
import { ACCOUNTS, START_BALANCE, type Account, type Transfer } from './bank/books.js';
import { Auditor } from './bank/auditor.js';
import { Flow } from './bank/flow.js';

const FLOWS = 50;
/** Transfers that are committed between two elections. */
const CALM_TRANSFERS = 25;

const firstOf = (faults: readonly string[]): string =>
  [String(faults.length), ...faults.slice(0, 5)].join('; ');

export const soak: Soak = {
  what: 'money moved in transactions through elections: the sum never changes, no committed transfer is missing [--elections N] [--seed S]',
  async run(report, args) {
    const { values } = parseArgs({
      args: [...args],
      options: { elections: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
    });
    const elections = Number(values.elections);
    await using deployment = await spawnDeployment({
      topology: 'replicaset',
      members: 3,
      electionTimeoutMS: 1_000,
    });
    await using client = new AsyncMongoClient(deployment.uri, { w: 'majority', heartbeatFrequencyMS: 500 });
    const accounts = client.db('soak').collection<Account>('accounts');
    const transfers = client.db('soak').collection<Transfer>('transfers');
    await accounts.insertMany(
      Array.from({ length: ACCOUNTS }, (_, _id) => ({ _id, balance: START_BALANCE })),
    );
    await client.db('soak').createCollection('transfers');
    const books = { client, accounts, transfers };
    const flows = Array.from({ length: FLOWS }, (_, id) => new Flow(books, id, Number(values.seed)));
    const auditor = new Auditor(books);
    const done = (): number => flows.reduce((sum, { committed }) => sum + committed.length, 0);
    const started = performance.now();
    const running = [...flows.map((flow) => flow.run()), auditor.run()];
    for (let k = 0; k < elections; k++) {
      const goal = done() + CALM_TRANSFERS;
      while (done() < goal) await pause(20);
      await deployment.control.awaitPrimary();
      await deployment.control.stepDown({ seconds: 1, force: true });
      await deployment.control.awaitPrimary();
    }
    const goal = done() + CALM_TRANSFERS;
    while (done() < goal) await pause(20);
    for (const worker of [...flows, auditor]) worker.stop();
    await Promise.all(running);
    const seconds = (performance.now() - started) / 1000;

    const kept = new Map((await transfers.find().toArray()).map((transfer) => [transfer._id, transfer]));
    const balances = await accounts.find().toArray();
    const expected = new Map(balances.map(({ _id }) => [_id, START_BALANCE]));
    for (const { from, to, amount } of kept.values()) {
      expected.set(from, (expected.get(from) ?? 0) - amount);
      expected.set(to, (expected.get(to) ?? 0) + amount);
    }
    const all = <K extends 'committed' | 'aborted' | 'doubtful'>(key: K): readonly string[] =>
      flows.flatMap((flow) => flow[key]);
    const missing = all('committed').filter((id) => !kept.has(id));
    const ghosts = all('aborted').filter((id) => kept.has(id));
    const wrong = balances.filter(({ _id, balance }) => expected.get(_id) !== balance);
    report.say(
      `${String(done())} transfers of ${String(FLOWS)} flows through ${String(elections)} elections in ${seconds.toFixed(1)} s; ${String(all('aborted').length)} aborted, ${String(flows.reduce((sum, { retries }) => sum + retries, 0))} transactions done again, ${String(all('doubtful').length)} of unknown outcome; ${String(auditor.reads)} snapshot reads, ${String(auditor.refused)} refused`,
    );
    report.promise('snapshot reads with another sum', auditor.faults.length === 0, firstOf(auditor.faults));
    report.promise('committed transfers that are missing', missing.length === 0, firstOf(missing));
    report.promise('aborted transfers that are there', ghosts.length === 0, firstOf(ghosts));
    report.promise(
      'accounts that differ from what the transfers say',
      wrong.length === 0 && balances.length === ACCOUNTS,
      firstOf(wrong.map(({ _id }) => String(_id))),
    );
    report.promise(
      'errors that reached a flow',
      all('doubtful').length === 0,
      firstOf(flows.flatMap(({ errors }) => errors)),
    );
  },
};
