import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonFilesUnder, specDataDirectory } from './spec-data.js';

export interface OfficialFile<T> {
  /** File name without its ending. */
  readonly name: string;
  readonly content: T;
}

/** The test files of one folder of `SPEC_DATA_DIR`, or `undefined` where there are none. */
export const readOfficialFiles = <T>(folder: string): readonly OfficialFile<T>[] | undefined => {
  const path = join(specDataDirectory(), folder);
  const files = jsonFilesUnder(path);
  if (files.length === 0) return undefined;
  return files.map((file) => ({
    name: file.slice(0, -'.json'.length),
    content: JSON.parse(readFileSync(join(path, file), 'utf8')) as T,
  }));
};
