import { playCaller } from './caller.js';
import { playFaults } from './fault-player.js';
import { Breach } from './invariants/breach.js';
import { checkConvergence, convergenceMS } from './invariants/convergence.js';
import { checkDeploymentLeftovers, checkLeftovers } from './invariants/leftovers.js';
import type { Schedule } from './schedule.js';
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
  const clients = schedule.clients.map((plan, index) => world.addClient(`client${String(index)}`, plan));
  const callers = schedule.callers.map((plan, index) =>
    playCaller(world, `caller${String(index)}`, plan, clients[plan.client]!),
  );
  playFaults(world, schedule.faults);
  for (const [index, { closeAtMS }] of schedule.clients.entries()) {
    if (closeAtMS !== undefined) world.time.after(closeAtMS, () => void clients[index]!.close());
  }
  await world.advance(schedule.minutes * MINUTE);
  await converge(world, schedule);
  await allSettled(world, callers);
  await audit(world);
  for (const client of clients) void client.close();
  await world.advance(CLOSING_MS);
  for (const client of world.clients) checkLeftovers(world, client);
  await world.deployment.stop();
  await world.advance(MINUTE);
  checkDeploymentLeftovers(world);
  world.judge.rule();
};

/** The farewell of a client that reaches nobody may take this long. */
const CLOSING_MS = 15_000;

/** All faults are over. */
const converge = async (world: World, { deployment }: Schedule): Promise<void> => {
  const open = world.clients.filter(({ isClosed }) => !isClosed);
  // One that was never used has not looked for servers yet.
  for (const { client } of open) client.connect().catch(() => undefined);
  await world.advance(Math.max(0, ...open.map(convergenceMS)));
  const truth = truthOf(deployment, world.deployment.hosts);
  for (const client of open) checkConvergence(world, client, truth);
  world.judge.rule();
};

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

/** Looks at what the deployment has, with a client that nothing happened to. */
const audit = async (world: World): Promise<void> => {
  const auditor = world.addClient('auditor', { options: {} });
  const reading = auditor.client.db('simulation').collection('documents').find().toArray();
  let documents: Awaited<typeof reading> | undefined;
  const done = reading.then((found) => {
    documents = found;
  });
  await world.advance(10_000);
  if (documents === undefined) {
    world.judge.complain('settled within the deadline', 'an undisturbed client has no answer after 10 s');
    world.judge.rule();
  }
  await done;
  world.ledger.audit(documents!);
  void auditor.close();
  world.judge.rule();
};
