import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where the official test files lie: `SPEC_DATA_DIR`, else a `shared/spec-data` folder beside the project. */
export const specDataDirectory = (): string =>
  resolve(process.env['SPEC_DATA_DIR'] ?? join('..', 'shared', 'spec-data'));

export const hasSpecData = (): boolean => existsSync(specDataDirectory());

/** All JSON files below a folder, in a stable order, as paths relative to it. Empty when the folder is absent. */
export const jsonFilesUnder = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.json'))
        .sort()
    : [];
