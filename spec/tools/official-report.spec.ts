import { describe, expect, it } from '@jest/globals';
import type { CaseResult } from '../official/unified/results.js';
import { countSuites, renderReport, totals } from './official-report.js';

const result = (status: CaseResult['status'], reason?: string): CaseResult => ({
  suite: 'crud',
  file: 'find',
  test: 'finds',
  status,
  ...(reason !== undefined && { reason }),
});

describe('the report of the official suites', () => {
  const results = [
    result('passed'),
    result('failed', 'expected 1'),
    result('skipped', 'not there'),
    result('never-run', 'needs 4.0'),
  ];

  it('counts by suite', () => {
    expect(countSuites(results)).toEqual([
      { suite: 'crud', run: 2, passed: 1, failed: 1, neverRun: 1, skipped: 1 },
    ]);
  });

  it('covers every case in three figures', () => {
    expect(totals(results)).toEqual({ passed: 1, failed: 1, skipped: 2 });
  });

  it('gives the reason of every case that did not run or failed', () => {
    const text = renderReport(results);
    expect(text).toContain('crud: 1 skipped: not there (find)');
    expect(text).toContain('crud: 1 never run: needs 4.0 (find)');
    expect(text).toContain('failed: crud / find / finds\n    expected 1');
  });
});
