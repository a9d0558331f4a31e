import { describe, expect, it } from '@jest/globals';
import { InvalidURI } from '../../lib/core/errors/usage.js';
import { parseConnectionString, type ParsedConnectionString } from '../../lib/options/connection-string.js';
import { isIPv6 } from '../../lib/options/ip-literal.js';
import { readOfficialFiles } from './official-files.js';
import { optionsInLowerCase } from './uri-case.js';

/** `source/connection-string/tests/README.md`. Null stands for "not compared". */
interface UriCase {
  readonly description: string;
  readonly uri: string;
  readonly valid: boolean;
  readonly warning: boolean | null;
  readonly hosts:
    readonly { readonly type: string; readonly host: string; readonly port: number | null }[] | null;
  readonly auth: {
    readonly username: string | null;
    readonly password: string | null;
    readonly db: string | null;
  } | null;
  readonly options: Readonly<Record<string, unknown>> | null;
}

const hostsOf = ({ hosts }: ParsedConnectionString): unknown[] =>
  hosts.map(({ host, port, socketPath }) => {
    const isIPv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/.test(host);
    const type =
      socketPath !== undefined ? 'unix' : isIPv6(host) ? 'ip_literal' : isIPv4 ? 'ipv4' : 'hostname';
    return { type, host, port: port ?? null };
  });

const checkCase = (test: UriCase): void => {
  if (!test.valid) {
    expect(() => parseConnectionString(test.uri)).toThrow(InvalidURI);
    return;
  }
  const parsed = parseConnectionString(test.uri);
  if (test.warning !== null) expect(parsed.warnings.length > 0).toBe(test.warning);
  if (test.hosts !== null) expect(hostsOf(parsed)).toEqual(test.hosts);
  if (test.auth !== null) {
    expect({
      username: parsed.userinfo?.username ?? null,
      password: parsed.userinfo?.password ?? null,
      db: parsed.database ?? null,
    }).toEqual(test.auth);
  }
  if (test.options !== null)
    expect(optionsInLowerCase(parsed.options)).toMatchObject(optionsInLowerCase(test.options));
};

const files = readOfficialFiles<{ readonly tests: readonly UriCase[] }>('connection-string/tests');

describe('connection strings', () => {
  if (files === undefined) {
    it.skip('SPEC_DATA_DIR is absent', () => undefined);
    return;
  }
  describe.each(files)('$name', ({ content }) => {
    it.each(content.tests)('$description: $uri', checkCase);
  });
});
