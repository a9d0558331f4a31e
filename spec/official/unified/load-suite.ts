import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonFilesUnder, specDataDirectory } from '../spec-data.js';
import { parseTestJson } from './extended-json.js';
import type { TestFile } from './format.js';
import { schemaFault } from './schema.js';

export interface LoadedFile {
  /** Path below the folder of the suite, without `.json`. */
  readonly name: string;
  readonly file: TestFile;
  /** Why the file cannot be run: it breaks its schema or needs a newer runner. */
  readonly fault?: string;
}

/** Every unified test file of a suite. Files of other formats, which carry no `schemaVersion`, are left to their own specs. */
export const loadSuite = (suite: string, folder = 'tests'): LoadedFile[] => {
  const directory = join(specDataDirectory(), suite, folder);
  return jsonFilesUnder(directory)
    .map((path) => ({ path, text: readFileSync(join(directory, path), 'utf8') }))
    .filter(({ text }) => text.includes('"schemaVersion"'))
    .map(({ path, text }) => load(path.replace(/\.json$/, ''), text));
};

const load = (name: string, text: string): LoadedFile => {
  const file = parseTestJson(text) as TestFile;
  try {
    const fault = schemaFault(JSON.parse(text));
    return fault === undefined ? { name, file } : { name, file, fault };
  } catch (error) {
    return { name, file, fault: (error as Error).message };
  }
};
