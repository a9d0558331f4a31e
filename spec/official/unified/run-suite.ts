import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasSpecData, specDataDirectory } from '../spec-data.js';
import { skipReason } from '../skips.js';
import { combinationName, embeddedCombinations, planCase, type Combination } from './combinations.js';
import { externalUri } from './deployments.js';
import type { Driver, DriverName } from './driver.js';
import { SkipCase } from './driver.js';
import { openEnvironment, type Environment } from './environment.js';
import type { TestCase, TestFile } from './format.js';
import { loadSuite, type LoadedFile } from './load-suite.js';
import { unmetRequirement } from './requirements.js';
import { recordResult, type CaseStatus } from './results.js';
import { runTest } from './run-test.js';
import { compareVersions } from './version.js';

/** A case may wait ten seconds for an event, more than once. */
const CASE_TIMEOUT_MS = 40_000;
const START_TIMEOUT_MS = 60_000;

export interface SuiteOptions {
  /** Folder of the test files below the suite. */
  readonly folder?: string;
  /** Every case is expected to fail in the runner (the `valid-fail` files of the format's own suite). */
  readonly mustFail?: boolean;
  /** How often a case may be tried, 1 by default: more only where the suite itself says that its cases race with clocks. */
  readonly attempts?: number;
}

interface PlannedCase {
  readonly name: string;
  readonly file: TestFile;
  readonly test: TestCase;
}

const loadDriver = async (name: DriverName): Promise<Driver> =>
  name === 'official'
    ? (await import('./official-driver.js')).officialDriver
    : (await import('./asyncmongo-driver.js')).asyncmongoDriver;

/** Registers a suite of unified test files with jest, one group of cases per deployment. */
export const runUnifiedSuite = async (suite: string, options: SuiteOptions = {}): Promise<void> => {
  if (!hasSpecData()) {
    test.skip(`${suite} (skipped: no test files at ${specDataDirectory()}, see SPEC_DATA_DIR)`, () =>
      undefined);
    return;
  }
  const driver = await loadDriver(process.env['SPEC_DRIVER'] === 'official' ? 'official' : 'asyncmongo');
  const registration = new Registration(suite, driver, options);
  for (const file of loadSuite(suite, options.folder)) await registration.add(file);
  registration.register();
};

class Registration {
  readonly #groups = new Map<string, { combination: Combination | undefined; cases: PlannedCase[] }>();
  readonly #suite: string;
  readonly #driver: Driver;
  readonly #options: SuiteOptions;
  readonly #unrun: { title: string }[] = [];
  readonly #faulty: LoadedFile[] = [];
  readonly #available: readonly Combination[] | undefined;

  constructor(suite: string, driver: Driver, options: SuiteOptions) {
    this.#suite = suite;
    this.#driver = driver;
    this.#options = options;
    if (externalUri() !== undefined) return;
    this.#available = embeddedCombinations().filter(
      ({ version }) => compareVersions(version, driver.oldestServer) >= 0,
    );
  }

  async add(loaded: LoadedFile): Promise<void> {
    if (loaded.fault !== undefined) {
      this.#faulty.push(loaded);
      return;
    }
    const { name, file } = loaded;
    for (const entry of file.tests) await this.#plan({ name, file, test: entry });
  }

  register(): void {
    for (const { name, fault = '' } of this.#faulty) this.#registerFault(name, fault);
    for (const { title } of this.#unrun) test.skip(title, () => undefined);
    for (const { combination, cases } of this.#groups.values()) this.#registerGroup(combination, cases);
    // Jest refuses a file without tests; a suite whose files are all absent says so instead.
    if (this.#faulty.length + this.#unrun.length + this.#groups.size === 0)
      test.skip(`${this.#suite} (skipped: no test files)`, () => undefined);
  }

  async #plan(planned: PlannedCase): Promise<void> {
    const skip =
      planned.test.skipReason ??
      skipReason(this.#driver, this.#suite, planned.name, planned.test, planned.file);
    if (skip !== undefined) return this.#leaveOut(planned, 'skipped', skip);
    const requirements = [planned.file.runOnRequirements, planned.test.runOnRequirements];
    if (!this.#available) return this.#assign(undefined, planned);
    const plan = planCase(requirements, this.#available, process.env['SPEC_MATRIX'] === 'full');
    if (plan.neverRun !== undefined) return this.#leaveOut(planned, 'never-run', plan.neverRun);
    for (const combination of plan.combinations) this.#assign(combination, planned);
  }

  #assign(combination: Combination | undefined, planned: PlannedCase): void {
    const key = combination ? combinationName(combination) : 'MONGODB_URI';
    const group = this.#groups.get(key) ?? { combination, cases: [] };
    group.cases.push(planned);
    this.#groups.set(key, group);
  }

  #leaveOut({ name, test: { description } }: PlannedCase, status: CaseStatus, reason: string): void {
    recordResult({ suite: this.#suite, file: name, test: description, status, reason });
    this.#unrun.push({ title: `${name}: ${description} (${status}: ${reason})` });
  }

  #registerFault(name: string, fault: string): void {
    test(`${name}: the file can be processed`, () => {
      const expected = this.#options.mustFail === true;
      recordResult({
        suite: this.#suite,
        file: name,
        test: 'file',
        status: expected ? 'passed' : 'failed',
        reason: fault,
      });
      if (!expected) throw new Error(fault);
    });
  }

  #registerGroup(combination: Combination | undefined, cases: readonly PlannedCase[]): void {
    describe(combination ? combinationName(combination) : 'MONGODB_URI', () => {
      let environment: Environment | undefined;
      let fault: unknown;
      beforeAll(async () => {
        // A deployment that does not start fails each of its cases, so that each appears in the report.
        environment = await openEnvironment(combination).catch((error: unknown) => {
          fault = error;
          return undefined;
        });
      }, START_TIMEOUT_MS);
      afterAll(async () => {
        await environment?.close();
      }, START_TIMEOUT_MS);
      for (const planned of cases)
        test(
          `${planned.name}: ${planned.test.description}`,
          () => this.#runCase(planned, environment, fault, combination),
          CASE_TIMEOUT_MS + 5_000,
        );
    });
  }

  async #runCase(
    planned: PlannedCase,
    environment: Environment | undefined,
    fault: unknown,
    combination?: Combination,
  ): Promise<void> {
    const started = Date.now();
    const record = (status: CaseStatus, reason?: string): void =>
      recordResult({
        suite: this.#suite,
        file: planned.name,
        test: planned.test.description,
        combination: combination ? combinationName(combination) : 'MONGODB_URI',
        status,
        ...(reason !== undefined && { reason }),
        durationMS: Date.now() - started,
      });
    try {
      if (!environment) throw fault as Error;
      const { file, test: entry } = planned;
      for (const list of [file.runOnRequirements, entry.runOnRequirements]) {
        const reason = unmetRequirement(list, environment.facts);
        if (reason !== undefined) return record('never-run', reason);
      }
      await this.#try(planned, environment, this.#options.attempts ?? 1);
      record('passed');
    } catch (error) {
      if (error instanceof SkipCase) return record('skipped', error.message);
      record('failed', (error as Error).message);
      throw error;
    }
  }

  async #try(planned: PlannedCase, environment: Environment, attempts: number): Promise<void> {
    try {
      await this.#execute(planned, environment);
    } catch (error) {
      if (attempts === 1 || error instanceof SkipCase) throw error;
      await this.#try(planned, environment, attempts - 1);
    }
  }

  async #execute({ file, test: entry }: PlannedCase, environment: Environment): Promise<void> {
    const run = withDeadline(runTest(this.#driver, environment, file, entry));
    if (!this.#options.mustFail) return run;
    const outcome = await run.then(
      () => 'the runner accepted the file',
      (error: unknown) => error,
    );
    if (outcome instanceof SkipCase) throw outcome;
    expect(outcome).toBeInstanceOf(Error);
  }
}

const withDeadline = async (run: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the case did not end within ${CASE_TIMEOUT_MS} ms`)),
      CASE_TIMEOUT_MS,
    );
  });
  try {
    await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
};
