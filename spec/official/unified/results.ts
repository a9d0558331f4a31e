import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

export type CaseStatus = 'passed' | 'failed' | 'skipped' | 'never-run';

/** What became of one case on one combination. */
export interface CaseResult {
  readonly suite: string;
  readonly file: string;
  readonly test: string;
  readonly combination?: string;
  readonly status: CaseStatus;
  /** Why it was skipped or never run, or how it failed. */
  readonly reason?: string;
  readonly durationMS?: number;
}

/** Appends to the results of this worker; without `SPEC_RESULTS_DIR` jest's own report is all there is. */
export const recordResult = (result: CaseResult): void => {
  const directory = process.env['SPEC_RESULTS_DIR'];
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  appendFileSync(
    join(directory, `worker-${process.env['JEST_WORKER_ID'] ?? '1'}.jsonl`),
    `${JSON.stringify(result)}\n`,
  );
};
