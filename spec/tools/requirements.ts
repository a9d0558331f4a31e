import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JestCase } from './run-jest.js';
import { PROJECT_ROOT } from './run-jest.js';
import { REQUIREMENT_ROWS } from './requirement-rows.js';

const DOCUMENT = join(PROJECT_ROOT, 'docs', 'requirements.md');

export interface RequirementTest {
  readonly row: string;
  readonly file: string;
  readonly title: string;
}

const ROW = /\[([A-Z]+-\d+)\]/g;
const rowsIn = (text: string): string[] => [...text.matchAll(ROW)].map((match) => match[1] ?? '');

/** Titles with `[ROW-ID]` brackets in the spec files: the string that follows `it(`, `test(` or `describe(`. */
export const declaredTests = (root = join(PROJECT_ROOT, 'spec')): RequirementTest[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts'))
    .sort()
    .flatMap((name) => {
      const titles = [...readFileSync(join(root, name), 'utf8').matchAll(TITLE)].map(
        (match) => match[2] ?? '',
      );
      return titles.flatMap((title) =>
        rowsIn(title).map((row) => ({ row, file: `spec/${name}`, title: title.replace(ROW, '').trim() })),
      );
    });

const TITLE = /\b(?:it|test|describe)(?:\.\w+)*(?:\([^()'"`]*\))?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs;

/** Rows of this release that no passing test names. */
export const unprovenRows = (cases: readonly JestCase[]): string[] => {
  const proven = new Set(
    cases.filter(({ status }) => status === 'passed').flatMap(({ title }) => rowsIn(title)),
  );
  return Object.keys(REQUIREMENT_ROWS).filter((row) => !proven.has(row));
};

export const renderRequirements = (tests: readonly RequirementTest[]): string => {
  const lines = Object.entries(REQUIREMENT_ROWS).flatMap(([row, member]) => {
    const own = tests.filter((entry) => entry.row === row);
    if (own.length === 0) return [tableRow(row, member, '', 'none yet')];
    return own.map(({ file, title }) => tableRow(row, member, `\`${file}\``, title));
  });
  return [
    '# Requirements and the tests that prove them',
    '',
    'Written by `npm run requirements` from the titles of the specs; `npm test` fails on a row without a passing test.',
    '',
    '| Row | Member or option | Spec | Case |',
    '|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
};

const tableRow = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;

export const writeRequirements = (): void => writeFileSync(DOCUMENT, renderRequirements(declaredTests()));

/** Whether the checked-in document says what the specs say. */
export const requirementsAreCurrent = (): boolean => {
  try {
    return readFileSync(DOCUMENT, 'utf8') === renderRequirements(declaredTests());
  } catch {
    return false;
  }
};
