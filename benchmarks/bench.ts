/**
 * `npm run bench -- [--only NAME] [--json FILE] [--rounds N]`: asyncmongo and the official `mongodb` package in turn,
 * in one run. Each figure is the median over the rounds; each ratio the median of the ratios of the pairs, official
 * divided by asyncmongo, so that more than 1 means less time for asyncmongo.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureCodecTask } from './codec-run.js';
import { codecTaskNames } from './codec.js';
import type { DriverName } from './drivers.js';
import { measureFloor } from './floor.js';
import { networkTasks } from './network-tasks.js';
import { SELECTION_BUDGET_US, selectionTasks, type Selection } from './selection.js';
import type { MemoryResult, RoundRequest, RoundResult } from './worker.js';

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'string' }, rounds: { type: 'string', default: '9' } },
});
const rounds = Number(values.rounds);
const wanted = (name: string): boolean => values.only === undefined || name.startsWith(values.only);

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const startServer = async (): Promise<{ port: number; stop: () => void }> => {
  const child = spawn(process.execPath, ['--import', 'tsx', here('reply-server.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return { port: Number(line), stop: () => child.stdin.end() };
};

class Worker {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(script: string, args: readonly string[]): Promise<Worker> {
    const child = fork(here(script), args, { execArgv: ['--expose-gc', '--import', 'tsx'] });
    await once(child, 'message');
    return new Worker(child);
  }

  static startDriver(driver: DriverName, port: number): Promise<Worker> {
    return Worker.start('worker.ts', [driver, String(port)]);
  }

  async ask<T>(request: RoundRequest | 'memory' | 'round'): Promise<T> {
    this.#child.send(request);
    const [answer] = (await once(this.#child, 'message')) as [T];
    return answer;
  }

  async stop(): Promise<void> {
    this.#child.send('close');
    await once(this.#child, 'exit');
  }
}

export interface TaskFigures {
  readonly name: string;
  readonly unit: string;
  readonly asyncmongo: RoundResult;
  readonly official: RoundResult;
  readonly floor: RoundResult | null;
  readonly ratioCpu: number;
  readonly ratioWall: number;
}

const summarise = (
  name: string,
  unit: string,
  pairs: readonly Pair[],
  floor: RoundResult | null,
): TaskFigures => ({
  name,
  unit,
  asyncmongo: {
    cpuUs: median(pairs.map((pair) => pair.ours.cpuUs)),
    wallUs: median(pairs.map((pair) => pair.ours.wallUs)),
  },
  official: {
    cpuUs: median(pairs.map((pair) => pair.theirs.cpuUs)),
    wallUs: median(pairs.map((pair) => pair.theirs.wallUs)),
  },
  floor,
  ratioCpu: median(pairs.map((pair) => pair.theirs.cpuUs / pair.ours.cpuUs)),
  ratioWall: median(pairs.map((pair) => pair.theirs.wallUs / pair.ours.wallUs)),
});

interface Pair {
  readonly ours: RoundResult;
  readonly theirs: RoundResult;
}

/** Rounds of both in turn; now one, now the other begins. */
const measurePairs = async (
  ours: Worker,
  theirs: Worker,
  request: RoundRequest | 'round',
  count: number,
): Promise<readonly Pair[]> => {
  const pairs: Pair[] = [];
  for (let round = 0; round < count; round++) {
    const isFirst = round % 2 === 0;
    const a = await (isFirst ? ours : theirs).ask<RoundResult>(request);
    const b = await (isFirst ? theirs : ours).ask<RoundResult>(request);
    pairs.push(isFirst ? { ours: a, theirs: b } : { ours: b, theirs: a });
  }
  return pairs;
};

/** What the compiler makes of the same code differs from process to process, and stays. */
const ROUNDS_OF_A_PROCESS = 3;

const runCodecTasks = async (): Promise<TaskFigures[]> => {
  const figures: TaskFigures[] = [];
  for (const name of codecTaskNames().filter(wanted)) {
    const pairs: Pair[] = [];
    while (pairs.length < rounds) {
      const ours = await Worker.start('codec-worker.ts', [name, 'asyncmongo']);
      const theirs = await Worker.start('codec-worker.ts', [name, 'official']);
      pairs.push(...(await measurePairs(ours, theirs, 'round', ROUNDS_OF_A_PROCESS)));
      await Promise.all([ours.stop(), theirs.stop()]);
    }
    const row = summarise(name, 'document', pairs, null);
    print(row);
    figures.push(row);
  }
  return figures;
};

const builtSelection = async (): Promise<Selection> => {
  const load = async (module: string): Promise<unknown> => await import(`../dist/topology/${module}.js`);
  const names = {
    pick: 'selection/pick-server',
    update: 'description/update',
    initial: 'description/initial-description',
    describe: 'description/describe-server',
  };
  const loaded = Object.entries(names).map(async ([part, module]) => [part, await load(module)] as const);
  return Object.fromEntries(await Promise.all(loaded)) as unknown as Selection;
};

const runSelectionTasks = async (): Promise<TaskFigures[]> => {
  const figures = selectionTasks(await builtSelection())
    .filter((task) => wanted(task.name))
    .map((task) => {
      const row = summarise(task.name, task.unit, measureCodecTask(task, rounds), null);
      print(row);
      return row;
    });
  if (figures.length > 0) {
    const most = Math.max(...figures.map(({ asyncmongo }) => asyncmongo.cpuUs));
    const held = most <= SELECTION_BUDGET_US ? 'held' : 'EXCEEDED';
    console.log(`budget of ${String(SELECTION_BUDGET_US)} us for a selection among 50 members: ${held}`);
  }
  return figures;
};

const runNetworkTasks = async (port: number): Promise<TaskFigures[]> => {
  const figures: TaskFigures[] = [];
  for (const task of networkTasks().filter((candidate) => wanted(candidate.name))) {
    const ours = await Worker.startDriver('asyncmongo', port);
    const theirs = await Worker.startDriver('official', port);
    for (let i = 0; i < 3; i++) {
      await ours.ask({ task: task.name, warmup: true });
      await theirs.ask({ task: task.name, warmup: true });
    }
    const pairs = await measurePairs(ours, theirs, { task: task.name, warmup: false }, rounds);
    await ours.stop();
    await theirs.stop();
    figures.push(summarise(task.name, task.unit, pairs, await measureFloor(task.name, port)));
    print(figures.at(-1) as TaskFigures);
  }
  return figures;
};

const runMemory = async (port: number): Promise<object[]> => {
  if (!wanted('memory')) return [];
  const results: object[] = [];
  for (const driver of ['asyncmongo', 'official'] as const) {
    const worker = await Worker.startDriver(driver, port);
    const { idleMiB, peakMiB, documents } = await worker.ask<MemoryResult>('memory');
    await worker.stop();
    const overMiB = peakMiB - idleMiB;
    results.push({ name: 'iterate-1M', driver, documents, idleMiB, peakMiB, overMiB });
    console.log(
      `iterate-1M  ${driver}: ${String(documents)} documents, ${overMiB.toFixed(1)} MiB over the idle ${idleMiB.toFixed(1)} MiB`,
    );
  }
  return results;
};

const print = (row: TaskFigures): void => {
  const time = (result: RoundResult): string =>
    `${result.cpuUs.toFixed(2).padStart(9)} ${result.wallUs.toFixed(2).padStart(9)}`;
  const floor = row.floor === null ? ''.padStart(9) : row.floor.cpuUs.toFixed(2).padStart(9);
  console.log(
    `${row.name.padEnd(20)} ${time(row.asyncmongo)} ${time(row.official)} ${floor} ${row.ratioCpu.toFixed(2).padStart(7)} ${row.ratioWall.toFixed(2).padStart(7)}`,
  );
};

console.log('microseconds per operation or document; ratios: official / asyncmongo');
console.log(
  `${'task'.padEnd(20)} ${'ours cpu'.padStart(9)} ${'wall'.padStart(9)} ${'off. cpu'.padStart(9)} ${'wall'.padStart(9)} ${'floor'.padStart(9)} ${'cpu x'.padStart(7)} ${'wall x'.padStart(7)}`,
);
const server = await startServer();
try {
  const tasks = [
    ...(await runCodecTasks()),
    ...(await runSelectionTasks()),
    ...(await runNetworkTasks(server.port)),
  ];
  const memory = await runMemory(server.port);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ tasks, memory }, null, 2)}\n`);
} finally {
  server.stop();
}
