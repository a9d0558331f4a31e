import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { UNIFIED_SUITES } from '../official/released-suites.js';
import { hasSpecData, specDataDirectory } from '../official/spec-data.js';
import type { DriverName } from '../official/unified/driver.js';
import type { CaseResult, CaseStatus } from '../official/unified/results.js';
import { startDeploymentBroker } from './deployment-broker.js';
import { PROJECT_ROOT, runJest, type JestCase } from './run-jest.js';

export interface OfficialRun {
  /** All released suites when empty. */
  readonly suites: readonly string[];
  readonly driver: DriverName;
  readonly fullMatrix: boolean;
}

export interface OfficialOutcome {
  readonly results: readonly CaseResult[];
  /** Every case jest ran, for the check of requirements. */
  readonly cases: readonly JestCase[];
}

const OFFICIAL = join('spec', 'official');
const UNIFIED = '.unified.spec.ts';
/** Spec files that are not named after the suite whose files they read. */
const RENAMED: Readonly<Record<string, string>> = {
  cmap: 'connection-monitoring-and-pooling',
  'auth-connection-string': 'auth',
};

const suiteOf = (file: string): string => {
  const name = basename(file).replace(/(\.unified)?\.spec\.ts$/, '');
  return RENAMED[name] ?? name;
};

/** Pure specs (strings, descriptions, bytes) concern asyncmongo alone and are always released. */
const specFiles = ({ suites, driver }: OfficialRun): string[] => {
  const released = new Set(UNIFIED_SUITES.filter((suite) => suite.released).map(({ name }) => name));
  return readdirSync(join(PROJECT_ROOT, OFFICIAL))
    .filter((name) => name.endsWith('.spec.ts'))
    .filter((name) => driver === 'asyncmongo' || name.endsWith(UNIFIED))
    .filter((name) =>
      suites.length > 0
        ? suites.includes(suiteOf(name))
        : !name.endsWith(UNIFIED) || released.has(suiteOf(name)),
    )
    .map((name) => join(OFFICIAL, name));
};

/** Runs the official test files and returns what became of every case; undefined where there are no test files. */
export const runOfficialSuites = async (options: OfficialRun): Promise<OfficialOutcome | undefined> => {
  if (!hasSpecData()) {
    console.log(
      `No official test files at ${specDataDirectory()} (set SPEC_DATA_DIR): their suites are skipped.`,
    );
    return undefined;
  }
  const files = specFiles(options);
  if (files.length === 0)
    throw new Error(`no suite is named ${options.suites.join(' or ')}; there are ${allSuites().join(', ')}`);
  const directory = mkdtempSync(join(tmpdir(), 'asyncmongo-spec-'));
  const broker = await startDeploymentBroker();
  try {
    const environment = {
      SPEC_DRIVER: options.driver,
      SPEC_MATRIX: options.fullMatrix ? 'full' : 'default',
      SPEC_RESULTS_DIR: directory,
      SPEC_DEPLOYMENT_BROKER: broker.url,
    };
    const { cases } = await runJest(files.map(exactly), environment, ['--maxWorkers=2', '--silent']);
    return { results: merge(readRecords(directory), cases), cases };
  } finally {
    await broker.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

export const allSuites = (): string[] => [
  ...new Set([
    ...specFiles({ suites: [], driver: 'asyncmongo', fullMatrix: false }).map(suiteOf),
    ...UNIFIED_SUITES.map(({ name }) => name),
  ]),
];

const exactly = (path: string): string => `${path.replaceAll('.', '\\.')}$`;

const readRecords = (directory: string): CaseResult[] =>
  existsSync(directory)
    ? readdirSync(directory).flatMap((name) =>
        readFileSync(join(directory, name), 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as CaseResult),
      )
    : [];

/** Records of the unified runner, and whatever else jest reports: pure specs, schema checks, files that do not load. */
const merge = (records: readonly CaseResult[], cases: readonly JestCase[]): CaseResult[] => {
  const recorded = new Set(records.map(jestTitle));
  const others = cases.filter(({ title }) => !recorded.has(title)).map(fromJest);
  return [...records, ...others];
};

/** The title run-suite.ts registers a case under. */
const jestTitle = ({ file, test, combination, status, reason }: CaseResult): string => {
  if (test === 'file') return `${file}: the file can be processed`;
  return combination === undefined
    ? `${file}: ${test} (${status}: ${reason ?? ''})`
    : `${combination} ${file}: ${test}`;
};

const fromJest = ({ file, title, status }: JestCase): CaseResult => {
  const note = /^(.*) \((?:skipped|never-run): (.*)\)$/s.exec(title);
  const result = {
    suite: suiteOf(file),
    file: basename(file),
    test: note?.[1] ?? title,
    status: status as CaseStatus,
  };
  if (status === 'skipped') return { ...result, reason: note?.[2] ?? 'no reason given' };
  return result;
};
