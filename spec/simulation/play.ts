import { Timestamp } from '../../lib/bson/values.js';
import type { Document } from '../../lib/bson/document.js';
import type { AsyncMongoClient } from '../../lib/client/async-mongo-client.js';
import { playCaller } from './caller.js';
import { playFaults } from './fault-player.js';
import { Breach } from './invariants/breach.js';
import { checkConvergence, convergenceMS } from './invariants/convergence.js';
import { checkDeploymentLeftovers, checkLeftovers } from './invariants/leftovers.js';
import type { Account } from './invariants/bank.js';
import { checkStream, type StreamRecord } from './invariants/stream-watch.js';
import type { DeploymentPlan, Schedule } from './schedule.js';
import { truthOf } from './truth.js';
import { watchProcess } from './watch-process.js';
import { World } from './world.js';

export interface Outcome {
  readonly breach: Breach | undefined;
  readonly log: string;
  readonly virtualMS: number;
  readonly steps: number;
}

const MINUTE = 60_000;

/** Plays a schedule to its end, or to the first broken invariant. */
export const play = async (schedule: Schedule): Promise<Outcome> => {
  const world = new World(schedule);
  const unwatch = watchProcess(world.judge);
  try {
    await run(world, schedule);
    await new Promise((done) => setImmediate(done));
    world.judge.rule();
  } catch (error) {
    if (!(error instanceof Breach)) throw error;
  } finally {
    unwatch();
  }
  const { judge, log, time } = world;
  if (judge.breach !== undefined) log.note(judge.breach.message);
  return { breach: judge.breach, log: log.text, virtualMS: time.now, steps: time.steps };
};

const run = async (world: World, schedule: Schedule): Promise<void> => {
  await world.start(schedule);
  await openAccounts(world);
  const clients = schedule.clients.map((plan) => world.addPlayer(plan));
  const callers = schedule.callers.map((plan, index) =>
    playCaller(world, `caller${String(index)}`, plan, clients[plan.client]!),
  );
  for (const [index, plan] of schedule.watchers.entries())
    void world.addWatcher(`watcher${String(index)}`, plan).play();
  playFaults(world, schedule.faults);
  for (const [index, { closeAtMS }] of schedule.clients.entries()) {
    const client = clients[index]!;
    if (closeAtMS !== undefined) void client.sleep(closeAtMS).then(() => client.close());
  }
  await world.advance(schedule.minutes * MINUTE);
  await converge(world, schedule);
  await allSettled(world, callers);
  if (schedule.watchers.length > 0) await world.advance(CATCH_UP_MS);
  await audit(world);
  for (const watcher of world.watchers) watcher.stop();
  for (const client of clients) void client.close();
  await world.advance(CLOSING_MS);
  for (const { record } of world.watchers) checkOver(world, record);
  for (const client of world.clients) checkLeftovers(world, client);
  await world.deployment.stop();
  await world.advance(MINUTE);
  checkDeploymentLeftovers(world);
  world.judge.rule();
};

/** Readers of change streams have this long to see the last change: a getMore that is lost, and the next one. */
const CATCH_UP_MS = 3 * MINUTE;

const checkOver = ({ judge }: World, { name, isOver }: StreamRecord): void => {
  if (!isOver) judge.complain('settled within the deadline', `${name} does not end`);
};

/** The farewell of a client that reaches nobody may take this long. */
const CLOSING_MS = 15_000;

/** All faults are over. */
const converge = async (world: World, { deployment }: Schedule): Promise<void> => {
  const open = world.clients.filter(({ isClosed }) => !isClosed);
  // One that was never used has not looked for servers yet.
  for (const { client } of open) client.connect().catch(() => undefined);
  const primary = await settledPrimary(world, deployment);
  await world.advance(Math.max(0, ...open.map(convergenceMS)));
  const truth = truthOf(deployment, world.deployment.hosts, primary);
  for (const client of open) checkConvergence(world, client, truth);
  world.judge.rule();
};

/** The primary, once the members have agreed on one. */
const settledPrimary = async (world: World, { topology }: DeploymentPlan): Promise<number | undefined> => {
  if (topology !== 'replicaset') return undefined;
  const { control } = world.deployment;
  await world.advance(ELECTION_MS);
  const primary = await control.primary();
  if (primary === undefined) throw new Error('The members of this schedule elect nobody');
  return primary;
};

/** Election time-outs, and whoever has a higher priority takes over. */
const ELECTION_MS = MINUTE;

/** Every call has a deadline, so that they end some time; `Deadlines` complains of those that do not. */
const allSettled = async (world: World, promises: readonly Promise<void>[]): Promise<void> => {
  let settled = false;
  const all = Promise.all(promises).then(() => {
    settled = true;
  });
  while (!settled) {
    await world.advance(MINUTE);
    for (const { deadlines } of world.clients) deadlines.checkAll();
    world.judge.rule();
    if (world.time.now > MOST_MS) throw new Error('The callers of this schedule do not come to an end');
  }
  await all;
};

const MOST_MS = 24 * 60 * MINUTE;

/** Runs what an undisturbed client does, which has to be over in ten seconds. */
const undisturbed = async <T>(
  world: World,
  name: string,
  action: (client: AsyncMongoClient) => Promise<T>,
): Promise<T> => {
  const { client, close } = world.addClient(name, { options: {} });
  const outcome: T[] = [];
  const done = action(client).then((result) => {
    outcome.push(result);
  });
  for (let waited = 0; outcome.length === 0 && waited < UNDISTURBED_MS; waited += UNDISTURBED_STEP_MS)
    await world.advance(UNDISTURBED_STEP_MS);
  if (outcome.length === 0) {
    world.judge.complain('settled within the deadline', `${name} is undisturbed and has no answer`);
    world.judge.rule();
  }
  await done;
  void close();
  return outcome[0]!;
};

const UNDISTURBED_MS = 10_000;
const UNDISTURBED_STEP_MS = 500;

const openAccounts = async (world: World): Promise<void> => {
  const { opening } = world.bank;
  if (opening.length === 0) return;
  await undisturbed(world, 'bank', async (client) => {
    const database = client.db('simulation');
    await database.collection<Account>('accounts').insertMany(opening, { writeConcern: { w: 'majority' } });
    // Transactions create no collections before 4.4.
    await database.createCollection('transfers', { writeConcern: { w: 'majority' } });
  });
};

/** Looks at what the deployment has, with a client that nothing happened to. */
const audit = async (world: World): Promise<void> => {
  const { bank, judge, ledger, watchers } = world;
  const seen = await undisturbed(world, 'auditor', async (client) => {
    const database = client.db('simulation');
    return {
      documents: await database.collection('documents').find().toArray(),
      accounts: bank.accounts === 0 ? [] : await database.collection<Account>('accounts').find().toArray(),
      transfers: bank.accounts === 0 ? [] : await database.collection('transfers').find().toArray(),
      tokens: watchers.length === 0 ? [] : await allChanges(client),
    };
  });
  ledger.audit(seen.documents);
  if (bank.accounts > 0) bank.audit(seen.accounts, seen.transfers);
  for (const { client, record } of watchers) {
    checkStream(judge, record, seen.tokens, !client.isClosed);
  }
  judge.rule();
};

/** The tokens of everything that ever happened. */
const allChanges = async (client: AsyncMongoClient): Promise<string[]> => {
  const startAtOperationTime = new Timestamp({ t: 1, i: 1 });
  const tokens: string[] = [];
  await using changes = await client.db('simulation').watch([], { startAtOperationTime, maxAwaitTimeMS: 1 });
  for (;;) {
    const event = await changes.tryNext();
    if (event === null) return tokens;
    tokens.push(String((event as { readonly _id: Document })._id['_data']));
  }
};
