import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AsyncMongoClient } from '../../lib/index.js';
import { spawnDeployment, type SpawnedDeployment } from '../../lib/testing.js';
import { seededRandom } from '../support/seeded-random.js';
import type { Soak, SoakReport } from '../tools/soak-report.js';
import { bringAbout, PLAN, shuffled, type Fault } from './failover/faults.js';
import { Writers, type Counter, type Written } from './failover/writers.js';

const WRITERS = 50;
const ELECTION_TIMEOUT_MS = 1000;
/** How long all is well between two faults, and at least until every writer has written. */
const CALM_MS = 300;
const MEDIAN_MS = 100;
const P99_MS = 1000;

/** What a client sees of an election. Ms since 1970. */
interface Seen {
  /** The first hello that says the server is primary. */
  readonly hello: number;
  /** The first write that the server acknowledges. */
  readonly write: number;
}

/** Watches servers become primary. */
class Watch {
  readonly #waiting = new Map<string, { hello: number; readonly settle: (seen: Seen) => void }>();

  constructor(client: AsyncMongoClient) {
    client.on('serverDescriptionChanged', ({ address, newDescription }) => {
      const waiting = this.#waiting.get(address);
      if (waiting !== undefined && newDescription.serverType === 'RSPrimary') waiting.hello = Date.now();
    });
    client.on('commandSucceeded', ({ commandName, connectionId, reply }) => {
      const waiting = this.#waiting.get(connectionId);
      const counts = commandName === 'insert' || commandName === 'update';
      if (waiting === undefined || !counts || reply['writeConcernError'] !== undefined) return;
      waiting.settle({ hello: waiting.hello, write: Date.now() });
      this.#waiting.delete(connectionId);
    });
  }

  /** For every server what is seen when it becomes primary next. */
  expect(hosts: readonly string[]): ReadonlyMap<string, Promise<Seen>> {
    const seen = (host: string): Promise<Seen> =>
      new Promise((settle) => this.#waiting.set(host, { hello: NaN, settle }));
    return new Map(hosts.map((host) => [host, seen(host)]));
  }
}

/** When the primary took office, by its own log: before its first hello. Ms since 1970. */
const tookOffice = async (client: AsyncMongoClient): Promise<number> => {
  const entry = await client
    .db('local')
    .collection('oplog.rs')
    .find({ 'o.msg': 'new primary' })
    .sort({ $natural: -1 })
    .limit(1)
    .next();
  return (entry?.['wall'] as Date).getTime();
};

const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
};

/** Waits until every member has everything that a majority has. */
const settled = async (deployment: SpawnedDeployment, client: AsyncMongoClient): Promise<void> => {
  await deployment.control.heal();
  const all = { w: deployment.hosts.length, wtimeoutMS: 30_000 };
  await client.db('soak').collection('settled').insertOne({}, { writeConcern: all });
};

/** Ids that a member has. */
const idsOn = async (host: string): Promise<ReadonlySet<string>> => {
  await using direct = new AsyncMongoClient(
    `mongodb://${host}/?directConnection=true&readPreference=nearest`,
  );
  const documents = await direct.db('soak').collection<Written>('inserts').find().toArray();
  return new Set(documents.map(({ _id }) => _id));
};

const checkWrites = async (
  report: SoakReport,
  deployment: SpawnedDeployment,
  client: AsyncMongoClient,
  writers: Writers,
): Promise<void> => {
  const missing: string[] = [];
  for (const [member, host] of deployment.hosts.entries()) {
    const there = await idsOn(host);
    for (const id of writers.acknowledged)
      if (!there.has(id)) missing.push(`${id} on member ${String(member)}`);
  }
  const counters = await client.db('soak').collection<Counter>('counters').find().toArray();
  const wrong = counters.filter(({ _id, applied }) => {
    const { acknowledged, failed } = writers.steps[_id]!;
    if (applied < acknowledged) missing.push(`a step of counter ${String(_id)}`);
    return applied < acknowledged || applied > acknowledged + failed;
  });
  report.promise(
    'acknowledged majority writes that are missing on a member',
    missing.length === 0,
    `${String(missing.length)} of ${String(writers.count)}${missing.length > 0 ? `: ${missing.slice(0, 5).join(', ')}` : ''}`,
  );
  report.promise('counters that took a step twice', wrong.length === 0, String(wrong.length));
};

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

const reportFailures = (report: SoakReport, { failures }: Writers, retryWrites: boolean): void => {
  const byFault = (fault: Fault): number => failures.filter(({ during }) => during === fault).length;
  const figure = (Object.keys(PLAN) as Fault[])
    .map((fault) => `${fault} ${String(byFault(fault))}`)
    .join(', ');
  report.say(`        writes that failed: ${figure}`);
  for (const { during, error } of retryWrites ? failures.slice(0, 5) : [])
    report.say(`        during ${during}: ${describe(error)}`);
  if (!retryWrites) return;
  report.promise('errors from an election alone', byFault('election') === 0, String(byFault('election')));
};

const play = async (report: SoakReport, retryWrites: boolean, seed: number): Promise<void> => {
  report.say(`retryWrites ${retryWrites ? 'on' : 'off'}`);
  await using deployment = await spawnDeployment({
    topology: 'replicaset',
    members: 3,
    electionTimeoutMS: ELECTION_TIMEOUT_MS,
  });
  await using client = new AsyncMongoClient(deployment.uri, { retryWrites, w: 'majority' });
  const watch = new Watch(client);
  const database = client.db('soak');
  const inserts = database.collection<Written>('inserts');
  const counters = database.collection<Counter>('counters');
  await inserts.insertOne({ _id: 'first' });
  await counters.insertMany(Array.from({ length: WRITERS }, (_, _id) => ({ _id, applied: 0 })));
  const writers = new Writers({ inserts, counters }, WRITERS);
  const sinceHello: number[] = [];
  const sinceOffice: number[] = [];
  for (const fault of shuffled(seededRandom(seed))) {
    await pause(CALM_MS);
    await writers.everyoneWrites();
    writers.during = fault;
    const expected = watch.expect(deployment.hosts);
    await bringAbout(fault, deployment.control, async (primary) => {
      const { hello, write } = await expected.get(deployment.hosts[primary]!)!;
      sinceHello.push(write - hello);
      sinceOffice.push(write - (await tookOffice(client)));
    });
  }
  await writers.everyoneWrites();
  await writers.stop();
  await settled(deployment, client);
  report.say(`        ${String(sinceHello.length)} elections, ${String(writers.count)} acknowledged writes`);
  await checkWrites(report, deployment, client, writers);
  reportFailures(report, writers, retryWrites);
  const promise = (what: string, value: number, most: number): void =>
    report.promise(what, value <= most, `${String(value)} ms`);
  promise(
    'from the first hello to the first acknowledged write, median',
    quantile(sinceHello, 0.5),
    MEDIAN_MS,
  );
  promise('the same, p99', quantile(sinceHello, 0.99), P99_MS);
  const [median, p99] = [quantile(sinceOffice, 0.5), quantile(sinceOffice, 0.99)];
  report.say(`        from taking office: median ${String(median)} ms, p99 ${String(p99)} ms`);
};

export const soak: Soak = {
  what: 'failover: no acknowledged write is lost through elections, crashes and partitions [--seed S]',
  async run(report, args) {
    const { values } = parseArgs({ args: [...args], options: { seed: { type: 'string', default: '1' } } });
    for (const retryWrites of [false, true]) await play(report, retryWrites, Number(values.seed));
  },
};
