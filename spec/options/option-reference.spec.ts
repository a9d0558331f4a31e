import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { generatedFiles } from '../../docs/tools/generated-files.js';
import { ALL_OPTIONS } from '../../lib/options/option-table.js';

describe('files written from the option table', () => {
  it('are up to date (npm run docs)', async () => {
    for (const { path, text } of await generatedFiles()) expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('have every option and alias once', async () => {
    const [reference, type] = (await generatedFiles()).map(({ text }) => text);
    const names = ALL_OPTIONS.flatMap((spec) => [
      spec.name,
      ...(spec.aliases ?? []).map((alias) => alias.name),
    ]);
    expect(new Set(names).size).toBe(names.length);
    for (const { name } of ALL_OPTIONS)
      expect(reference?.match(new RegExp(`^\\| \`${name}\``, 'gm'))).toHaveLength(1);
    for (const name of names)
      expect(type?.match(new RegExp(`^  readonly ${name}\\?:`, 'gm'))).toHaveLength(1);
  });
});
