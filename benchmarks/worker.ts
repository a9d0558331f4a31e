/**
 * One driver in a process of its own. Told by its parent which task to run, it answers with the CPU and wall time of
 * the round, so that the parent can run two workers in turn and compare pairs.
 */
import { openDriver, type DriverName } from './drivers.js';
import { networkTasks } from './network-tasks.js';

export interface RoundRequest {
  readonly task: string;
  readonly warmup: boolean;
}

export interface RoundResult {
  /** Microseconds for each unit of work. */
  readonly cpuUs: number;
  readonly wallUs: number;
}

export interface MemoryResult {
  readonly idleMiB: number;
  readonly peakMiB: number;
  readonly documents: number;
}

const rssMiB = (): number => process.memoryUsage.rss() / 2 ** 20;

const [, , name, port] = process.argv;
const driver = await openDriver(name as DriverName, Number(port));
const tasks = new Map(networkTasks().map((task) => [task.name, task]));

const round = async ({ task: taskName, warmup }: RoundRequest): Promise<RoundResult> => {
  const task = tasks.get(taskName);
  if (task === undefined) throw new Error(`no task ${taskName}`);
  const calls = warmup ? Math.ceil(task.calls / 3) : task.calls;
  const cpu = process.cpuUsage();
  const wall = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) await task.run(driver);
  const wallUs = Number(process.hrtime.bigint() - wall) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const units = calls * task.units;
  return { cpuUs: (user + system) / units, wallUs: wallUs / units };
};

/** Peak resident memory over the idle process while a million documents go by. */
const memory = async (): Promise<MemoryResult> => {
  globalThis.gc?.();
  const idleMiB = rssMiB();
  let peakMiB = idleMiB;
  let seen = 0;
  const documents = await driver.iterateStream(() => {
    if (++seen % 5000 === 0) peakMiB = Math.max(peakMiB, rssMiB());
  });
  return { idleMiB, peakMiB, documents };
};

process.on('message', (request: RoundRequest | 'memory' | 'close') => {
  const answer =
    request === 'close'
      ? driver.close().then(() => process.exit(0))
      : request === 'memory'
        ? memory()
        : round(request);
  answer.then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.send?.('ready');
