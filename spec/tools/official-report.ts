import type { CaseResult } from '../official/unified/results.js';

export interface SuiteCounts {
  readonly suite: string;
  readonly run: number;
  readonly passed: number;
  readonly failed: number;
  readonly neverRun: number;
  readonly skipped: number;
}

export const countSuites = (results: readonly CaseResult[]): SuiteCounts[] =>
  [...new Set(results.map(({ suite }) => suite))].sort().map((suite) => {
    const count = (status: string): number =>
      results.filter((result) => result.suite === suite && result.status === status).length;
    const [passed, failed] = [count('passed'), count('failed')];
    return {
      suite,
      run: passed + failed,
      passed,
      failed,
      neverRun: count('never-run'),
      skipped: count('skipped'),
    };
  });

const HEADINGS = ['run', 'passed', 'failed', 'never run', 'skipped'] as const;

/** The table per suite, then why cases did not run, then what failed. */
export const renderReport = (results: readonly CaseResult[]): string => {
  const suites = countSuites(results);
  const width = Math.max(...suites.map(({ suite }) => suite.length), 5);
  const row = (name: string, cells: readonly (string | number)[]): string =>
    name.padEnd(width) + cells.map((cell) => String(cell).padStart(11)).join('');
  const lines = [
    row('suite', HEADINGS),
    ...suites.map((s) => row(s.suite, [s.run, s.passed, s.failed, s.neverRun, s.skipped])),
  ];
  for (const { suite } of suites) lines.push(...reasons(suite, results));
  for (const { suite, file, test, combination, reason } of results.filter(
    ({ status }) => status === 'failed',
  ))
    lines.push(
      `failed: ${suite} / ${file} / ${test}${combination === undefined ? '' : ` [${combination}]`}\n    ${reason ?? ''}`,
    );
  return lines.join('\n');
};

const reasons = (suite: string, results: readonly CaseResult[]): string[] => {
  const groups = new Map<string, { count: number; files: Set<string> }>();
  for (const result of results) {
    if (result.suite !== suite || (result.status !== 'skipped' && result.status !== 'never-run')) continue;
    const key = `${result.status === 'skipped' ? 'skipped' : 'never run'}: ${result.reason ?? ''}`;
    const group = groups.get(key) ?? { count: 0, files: new Set() };
    group.count++;
    group.files.add(result.file);
    groups.set(key, group);
  }
  return [...groups].map(
    ([key, { count, files }]) => `${suite}: ${String(count)} ${key} (${[...files].join(', ')})`,
  );
};

/** Cases no combination reaches count as skipped here, so that the three figures cover all cases. */
export const totals = (
  results: readonly CaseResult[],
): { passed: number; failed: number; skipped: number } => {
  const count = (status: string): number => results.filter((result) => result.status === status).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') + count('never-run') };
};
