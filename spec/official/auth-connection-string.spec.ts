import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../lib/core/errors/usage.js';
import { resolveClientOptions } from '../../lib/options/resolve-client-options.js';
import { readOfficialFiles } from './official-files.js';

/** `source/auth/tests/README.md`, "Connection String". */
interface AuthCase {
  readonly description: string;
  readonly uri: string;
  readonly valid: boolean;
  readonly credential?: {
    readonly username: string | null;
    readonly password: string | null;
    readonly source: string | null;
    readonly mechanism: string | null;
    readonly mechanism_properties: Readonly<Record<string, unknown>> | null;
  } | null;
}

/**
 * The file contradicts itself: it has this case invalid, and two others of the same form, with AWS credentials in the
 * connection string, valid. The driver takes them (AUTH-6).
 */
const CONTRADICTED = 'should throw an exception if username and password provided (MONGODB-AWS)';

const checkCase = ({ uri, valid, credential }: AuthCase): void => {
  if (!valid) {
    expect(() => resolveClientOptions(uri)).toThrow(ConfigurationError);
    return;
  }
  const { credentials } = resolveClientOptions(uri).options;
  if (credential == null) {
    expect(credentials).toBeUndefined();
    return;
  }
  expect({
    username: credentials?.username ?? null,
    password: credentials?.password ?? null,
    source: credentials?.source,
    mechanism: credentials?.mechanism ?? null,
    mechanism_properties: credentials?.mechanismProperties,
  }).toEqual({ ...credential, mechanism_properties: credential.mechanism_properties ?? {} });
};

const files = readOfficialFiles<{ readonly tests: readonly AuthCase[] }>('auth/tests/legacy');

describe('authentication in connection strings', () => {
  if (files === undefined) {
    it.skip('SPEC_DATA_DIR is absent', () => undefined);
    return;
  }
  describe.each(files)('$name', ({ content }) => {
    for (const test of content.tests) {
      const run = test.description === CONTRADICTED ? it.skip : it;
      run(`${test.description}: ${test.uri}`, () => {
        checkCase(test);
      });
    }
  });
});
