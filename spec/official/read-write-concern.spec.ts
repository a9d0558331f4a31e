import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../lib/core/errors/usage.js';
import { resolveClientOptions } from '../../lib/options/resolve-client-options.js';
import { ReadConcern } from '../../lib/options/read-concern.js';
import { WriteConcern } from '../../lib/options/write-concern.js';
import { readOfficialFiles } from './official-files.js';

/** `source/read-write-concern/tests/README.md`. */
interface UriCase {
  readonly description: string;
  readonly uri: string;
  readonly valid: boolean;
  readonly warning: boolean | null;
  readonly writeConcern?: Readonly<Record<string, unknown>>;
  readonly readConcern?: Readonly<Record<string, unknown>>;
}

interface DocumentCase {
  readonly description: string;
  readonly valid: boolean;
  readonly writeConcern?: Readonly<Record<string, unknown>>;
  readonly writeConcernDocument?: unknown;
  readonly readConcern?: { readonly level?: string };
  readonly readConcernDocument?: unknown;
  readonly isServerDefault: boolean | null;
  readonly isAcknowledged: boolean | null;
}

const checkUri = (test: UriCase): void => {
  if (!test.valid) {
    expect(() => resolveClientOptions(test.uri)).toThrow(ConfigurationError);
    return;
  }
  const { options, warnings } = resolveClientOptions(test.uri);
  expect(warnings.length > 0).toBe(test.warning === true);
  if (test.writeConcern !== undefined) {
    expect(options.writeConcern).toEqual(WriteConcern.from(test.writeConcern));
  }
  if (test.readConcern !== undefined) {
    expect(options.readConcern).toEqual(ReadConcern.from(test.readConcern));
  }
};

const checkDocument = (test: DocumentCase): void => {
  const { writeConcern, readConcern } = test;
  if (!test.valid) {
    expect(() => WriteConcern.from(writeConcern ?? {})).toThrow(ConfigurationError);
    return;
  }
  if (writeConcern !== undefined) {
    const concern = WriteConcern.from(writeConcern);
    expect(concern.toDocument()).toEqual(test.writeConcernDocument);
    expect(concern.isServerDefault).toBe(test.isServerDefault);
    expect(concern.isAcknowledged).toBe(test.isAcknowledged);
  }
  if (readConcern !== undefined) {
    const concern = ReadConcern.from(readConcern);
    expect(concern.toCommand()).toEqual(test.readConcernDocument);
    expect(concern.isServerDefault).toBe(test.isServerDefault);
  }
};

const uriFiles = readOfficialFiles<{ readonly tests: readonly UriCase[] }>(
  'read-write-concern/tests/connection-string',
);
const documentFiles = readOfficialFiles<{ readonly tests: readonly DocumentCase[] }>(
  'read-write-concern/tests/document',
);

describe('read and write concern', () => {
  if (uriFiles === undefined || documentFiles === undefined) {
    it.skip('SPEC_DATA_DIR is absent', () => undefined);
    return;
  }
  describe.each(uriFiles)('connection-string/$name', ({ content }) => {
    it.each(content.tests)('$description', checkUri);
  });
  describe.each(documentFiles)('document/$name', ({ content }) => {
    it.each(content.tests)('$description', checkDocument);
  });
});
