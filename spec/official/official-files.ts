import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasSpecData, jsonFilesUnder, specDataDirectory } from './spec-data.js';

export interface OfficialFile<T> {
  /** File name without its ending. */
  readonly name: string;
  readonly content: T;
}

/** The test files of one folder of `SPEC_DATA_DIR`, or `undefined` where it is absent. */
export const readOfficialFiles = <T>(folder: string): readonly OfficialFile<T>[] | undefined => {
  if (!hasSpecData()) return undefined;
  const path = join(specDataDirectory(), folder);
  return jsonFilesUnder(path).map((file) => ({
    name: file.slice(0, -'.json'.length),
    content: JSON.parse(readFileSync(join(path, file), 'utf8')) as T,
  }));
};
