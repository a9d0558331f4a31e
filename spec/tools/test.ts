/**
 * `npm test`: lint, types, unit and integration specs, the official suites on the newest version, 200 seeds of the
 * simulation, the requirements document, and the built package outside of jest. Ends with `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { renderReport, totals } from './official-report.js';
import { runOfficialSuites } from './official-suites.js';
import { requirementsAreCurrent, unprovenRows } from './requirements.js';
import { playSeeds } from '../simulation/play-seeds.js';
import { PROJECT_ROOT, runJest, type JestCase } from './run-jest.js';

interface Figures {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const NOTHING: Figures = { passed: 0, failed: 0, skipped: 0 };
const cases: JestCase[] = [];

const figures = ({ passed, failed, skipped }: Figures): string =>
  `${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`;

const command = async (name: string, args: readonly string[]): Promise<Figures> => {
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(name, args, { cwd: PROJECT_ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', resolve);
  });
  return code === 0 ? { ...NOTHING, passed: 1 } : { ...NOTHING, failed: 1 };
};

const npmRun = (script: string): Promise<Figures> => command('npm', ['run', '--silent', script]);

const specs = async (): Promise<Figures> => {
  const report = await runJest([], {}, [
    '--testPathIgnorePatterns=/spec/official/[^/]*$',
    '--maxWorkers=2',
    '--silent',
  ]);
  cases.push(...report.cases);
  for (const { file, title, status } of report.cases)
    if (status === 'failed') console.log(`failed: ${file}: ${title}`);
  return report;
};

const officialSuites = async (): Promise<Figures> => {
  const outcome = await runOfficialSuites({ suites: [], driver: 'asyncmongo', fullMatrix: false });
  if (!outcome) return { ...NOTHING, skipped: 1 };
  cases.push(...outcome.cases);
  console.log(renderReport(outcome.results));
  return totals(outcome.results);
};

const SIMULATED_SEEDS = 200;

const simulation = async (): Promise<Figures> => {
  const { broken, seeds } = await playSeeds({
    first: 1,
    count: SIMULATED_SEEDS,
    onBreach: (seed, breach, schedule) =>
      console.log(`seed ${String(seed)}: ${breach.message}\nminimised: ${JSON.stringify(schedule)}`),
  });
  return { ...NOTHING, passed: seeds - broken, failed: broken };
};

const requirements = (): Promise<Figures> => {
  const unproven = unprovenRows(cases);
  for (const row of unproven) console.log(`no passing test names ${row}`);
  const current = requirementsAreCurrent();
  if (!current) console.log('docs/requirements.md is out of date: npm run requirements');
  const failed = unproven.length > 0 || !current;
  return Promise.resolve({ ...NOTHING, passed: failed ? 0 : 1, failed: failed ? 1 : 0 });
};

const STEPS: readonly (readonly [string, () => Promise<Figures>])[] = [
  ['lint', () => npmRun('lint')],
  ['types', () => npmRun('typecheck')],
  ['unit and integration specs', specs],
  ['official suites', officialSuites],
  ['simulation', simulation],
  ['requirements', requirements],
  ['build', () => npmRun('build')],
  ['built package by import', () => command(process.execPath, ['spec/tools/smoke/smoke.mjs'])],
  [
    'built package by require',
    () => command(process.execPath, ['--no-warnings', 'spec/tools/smoke/smoke.cjs']),
  ],
];

const lines: string[] = [];
let total = NOTHING;
for (const [name, step] of STEPS) {
  console.log(`== ${name}`);
  const started = Date.now();
  const own = await step().catch((error: unknown): Figures => {
    console.error(error);
    return { ...NOTHING, failed: 1 };
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  lines.push(`${name}: ${figures(own)} (${seconds} s)`);
  console.log(lines.at(-1));
  total = {
    passed: total.passed + own.passed,
    failed: total.failed + own.failed,
    skipped: total.skipped + own.skipped,
  };
}
console.log(['', ...lines, figures(total)].join('\n'));
process.exitCode = total.failed === 0 ? 0 : 1;
