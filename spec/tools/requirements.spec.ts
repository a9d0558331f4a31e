import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { REQUIREMENT_ROWS } from './requirement-rows.js';
import { declaredTests, renderRequirements, unprovenRows } from './requirements.js';

describe('requirements in the titles of specs', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'asyncmongo-titles-'));
    const source = [
      "describe('[AAA-1] a group', () => {",
      "  it('[AAA-2] [AAA-3] does two things', () => {});",
      "  it.each([1, 2])('[AAA-4] for %d', () => {});",
      "  test('says it\\'s fine [AAA-5]', async () => {});",
      "  it('names none', () => { call('[AAA-6] is no title'); });",
      '});',
    ];
    writeFileSync(join(root, 'a.spec.ts'), source.join('\n'));
    writeFileSync(join(root, 'a.ts'), "it('[AAA-7] is no spec', () => {});");
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('are found wherever a title stands', () => {
    expect(declaredTests(root).map(({ row, title }) => [row, title])).toEqual([
      ['AAA-1', 'a group'],
      ['AAA-2', 'does two things'],
      ['AAA-3', 'does two things'],
      ['AAA-4', 'for %d'],
      ['AAA-5', "says it\\'s fine"],
    ]);
  });

  it('are proven by a passing case alone', () => {
    const [row = ''] = Object.keys(REQUIREMENT_ROWS);
    const proves = (status: 'passed' | 'failed' | 'skipped'): boolean =>
      !unprovenRows([{ file: 'a', title: `group [${row}] case`, status }]).includes(row);
    expect([proves('passed'), proves('failed'), proves('skipped')]).toEqual([true, false, false]);
  });

  it('are listed with their spec and case, a row without one too', () => {
    const [row = '', other = ''] = Object.keys(REQUIREMENT_ROWS);
    const document = renderRequirements([{ row, file: 'spec/a.spec.ts', title: 'a|b' }]);
    expect(document).toMatch(new RegExp(`^\\| ${row} \\| .* \\| \`spec/a.spec.ts\` \\| a\\\\\\|b \\|$`, 'm'));
    expect(document).toMatch(new RegExp(`^\\| ${other} \\| .* \\| none yet \\|$`, 'm'));
  });
});
