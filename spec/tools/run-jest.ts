import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface JestCase {
  /** Path of the spec file from the root of the project. */
  readonly file: string;
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'skipped';
}

export interface JestReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cases: readonly JestCase[];
}

export const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The part of jest's `--json` output that is read. */
interface JestJson {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * Runs jest on the spec files whose paths match, its progress on this terminal, and counts cases. A spec file that
 * cannot be loaded has no cases; it counts as one failed.
 */
export const runJest = async (
  patterns: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<JestReport> => {
  const directory = mkdtempSync(join(tmpdir(), 'asyncmongo-jest-'));
  const output = join(directory, 'results.json');
  const jest = join(PROJECT_ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    jest,
    '--json',
    `--outputFile=${output}`,
    ...flags,
    ...patterns,
  ];
  try {
    await run(process.execPath, args, environment);
    if (!existsSync(output)) return { passed: 0, failed: 1, skipped: 0, cases: [] };
    return report(JSON.parse(readFileSync(output, 'utf8')) as JestJson);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** Jest writes its progress to stderr and the JSON to the file; its stdout repeats the JSON and is dropped. */
const run = (
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: PROJECT_ROOT,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('close', () => resolve());
  });

const report = ({ testResults }: JestJson): JestReport => {
  const cases = testResults.flatMap(({ name, status, assertionResults, message }): JestCase[] => {
    const file = relative(PROJECT_ROOT, name);
    if (assertionResults.length === 0 && status === 'failed')
      return [{ file, title: `could not be loaded: ${message.split('\n', 1)[0] ?? ''}`, status: 'failed' }];
    return assertionResults.map((entry) => ({ file, title: entry.fullName, status: statusOf(entry.status) }));
  });
  const count = (status: JestCase['status']): number =>
    cases.filter((entry) => entry.status === status).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), cases };
};

const statusOf = (status: string): JestCase['status'] =>
  status === 'passed' || status === 'failed' ? status : 'skipped';
