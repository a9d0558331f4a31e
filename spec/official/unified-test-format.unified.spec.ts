import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { hasSpecData, jsonFilesUnder, specDataDirectory } from './spec-data.js';
import { runUnifiedSuite } from './unified/run-suite.js';
import { IncompatibleTestFile, schemaFault, schemaVersions } from './unified/schema.js';
import { compareVersions } from './unified/version.js';

const folder = (name: string): string => join(specDataDirectory(), 'unified-test-format', 'tests', name);
const parsed = (directory: string, name: string): unknown =>
  JSON.parse(readFileSync(join(directory, name), 'utf8'));

if (hasSpecData()) {
  describe('invalid files break their schema', () => {
    test.each(jsonFilesUnder(folder('invalid')))('%s', (name) => {
      let fault: unknown;
      try {
        fault = schemaFault(parsed(folder('invalid'), name));
      } catch (error) {
        expect(error).toBeInstanceOf(IncompatibleTestFile);
        fault = error;
      }
      expect(fault).toBeDefined();
    });
  });

  describe('valid files fit their schema and every later one', () => {
    const files = ['valid-pass', 'valid-fail'].flatMap((kind) =>
      jsonFilesUnder(folder(kind)).map((name) => [kind, name] as const),
    );
    test.each(files.filter(([, name]) => name !== 'schemaVersion-unsupported.json'))(
      '%s/%s',
      (kind, name) => {
        const file = parsed(folder(kind), name);
        const { schemaVersion } = file as { schemaVersion: string };
        for (const version of schemaVersions())
          if (compareVersions(version, schemaVersion) >= 0)
            expect([version, schemaFault(file, version)]).toEqual([version, undefined]);
      },
    );
  });

  test('a file of an unsupported version is refused', () => {
    expect(() => schemaFault({ description: 'x', schemaVersion: '1.99', tests: [] })).toThrow(
      IncompatibleTestFile,
    );
    expect(() => schemaFault({ description: 'x', schemaVersion: '2.0', tests: [] })).toThrow(
      IncompatibleTestFile,
    );
  });
}

await runUnifiedSuite('unified-test-format', { folder: 'tests/valid-pass' });
await runUnifiedSuite('unified-test-format', { folder: 'tests/valid-fail', mustFail: true });
