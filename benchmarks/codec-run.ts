import type { CodecTask } from './codec.js';

const ROUND_MS = 40;
const WARM_UP_MS = 500;

/** Microseconds of one document on one side, in one round. */
export interface CodecFigure {
  readonly cpuUs: number;
  readonly wallUs: number;
}

export const measure = (work: () => unknown, calls: number): CodecFigure => {
  const cpu = process.cpuUsage();
  const wall = process.hrtime.bigint();
  for (let call = 0; call < calls; call++) work();
  const wallUs = Number(process.hrtime.bigint() - wall) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { cpuUs: (user + system) / calls, wallUs: wallUs / calls };
};

/** How many calls fill a round, once the code is warm. */
export const calibrate = (work: () => unknown): number => {
  const end = performance.now() + WARM_UP_MS;
  while (performance.now() < end) work();
  let calls = 100;
  for (;;) {
    const { cpuUs } = measure(work, calls);
    if (cpuUs * calls >= ROUND_MS * 1000) return calls;
    calls = Math.max(calls * 2, Math.ceil((ROUND_MS * 1000) / Math.max(cpuUs, 0.1)));
  }
};

/** Both sides take turns in one process, pair by pair. */
export const measureCodecTask = (
  task: Pick<CodecTask, 'asyncmongo' | 'official'>,
  rounds: number,
): readonly { readonly ours: CodecFigure; readonly theirs: CodecFigure }[] => {
  const ourCalls = calibrate(task.asyncmongo);
  const theirCalls = calibrate(task.official);
  return Array.from({ length: rounds }, () => ({
    ours: measure(task.asyncmongo, ourCalls),
    theirs: measure(task.official, theirCalls),
  }));
};
