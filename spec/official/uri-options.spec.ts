import { describe, expect, it } from '@jest/globals';
import { InvalidURI } from '../../lib/core/errors/usage.js';
import { parseConnectionString } from '../../lib/options/connection-string.js';
import { readOfficialFiles } from './official-files.js';
import { optionsInLowerCase } from './uri-case.js';

/** `source/uri-options/tests/README.md`. */
interface OptionCase {
  readonly description: string;
  readonly uri: string;
  readonly valid: boolean;
  readonly warning: boolean;
  readonly options: Readonly<Record<string, unknown>> | null;
}

const checkCase = (test: OptionCase): void => {
  if (!test.valid) {
    expect(() => parseConnectionString(test.uri)).toThrow(InvalidURI);
    return;
  }
  const { options, warnings } = parseConnectionString(test.uri);
  expect(warnings.length > 0).toBe(test.warning);
  expect(optionsInLowerCase(options)).toMatchObject(optionsInLowerCase(test.options ?? {}));
  if (test.warning) expect(new Set(warnings).size).toBe(warnings.length);
};

/** Options that only drivers have whose monitors share the thread of an operation. */
const NOT_OURS = ['single-threaded-options'];

const files = readOfficialFiles<{ readonly tests: readonly OptionCase[] }>('uri-options/tests');

describe('URI options', () => {
  if (files === undefined) {
    it.skip('SPEC_DATA_DIR is absent', () => undefined);
    return;
  }
  describe.each(files)('$name', ({ name, content }) => {
    const run = NOT_OURS.includes(name) ? it.skip : it;
    run.each(content.tests)('$description: $uri', checkCase);
  });
});
