import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parseConnectionString } from '../../lib/options/connection-string.js';
import { resolveClientOptions } from '../../lib/options/resolve-client-options.js';
import { fc } from '../support/property.js';

const CANARY = 'CANARY';

/** Everything that printing, logging, copying or JSON could show of a value. */
const shownOf = (value: unknown): string => {
  const own = (part: unknown, depth: number): unknown =>
    typeof part === 'object' && part !== null && depth < 4
      ? Object.fromEntries(Object.entries(part).map(([key, entry]) => [key, own(entry, depth + 1)]))
      : part;
  return [
    inspect(value, { depth: 10 }),
    inspect(value, { depth: 10, showHidden: true }),
    String(value),
    JSON.stringify(value),
    JSON.stringify(own(value, 0), (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part)),
  ].join('\n');
};

describe('secrets', () => {
  const { options, warnings } = resolveClientOptions(
    `mongodb://u:${CANARY}1@h/?proxyHost=p&proxyUsername=x&proxyPassword=${CANARY}2&tlsCertificateKeyFilePassword=${CANARY}3`,
  );

  it('[PROP-13] [CONN-30] are where the driver finds them, and on nothing that is printed', () => {
    expect(options.credentials?.password).toBe('CANARY1');
    expect(options.proxyPassword).toBe('CANARY2');
    expect(options.tlsCertificateKeyFilePassword).toBe('CANARY3');
    expect(shownOf(options)).not.toContain(CANARY);
    expect(shownOf(options.credentials)).not.toContain(CANARY);
    expect(shownOf({ ...options })).not.toContain(CANARY);
    expect(warnings.join()).not.toContain(CANARY);
  });

  it('stay hidden in a parsed connection string and in session tokens', () => {
    const uri = `mongodb://u:${CANARY}@h/?authMechanism=MONGODB-AWS&authMechanismProperties=AWS_SESSION_TOKEN:${CANARY}`;
    const parsed = parseConnectionString(uri);
    expect(parsed.userinfo?.password).toBe(CANARY);
    expect(shownOf(parsed)).not.toContain(`"${CANARY}`);
    expect(JSON.stringify(parsed)).not.toContain(CANARY);
    expect(inspect(parsed)).not.toContain(CANARY);
    expect(shownOf(resolveClientOptions(uri).options)).not.toContain(CANARY);
  });

  it('are in no message about a wrong value', () => {
    for (const wrong of [
      { password: [CANARY] },
      { proxyPassword: { [CANARY]: 1 } },
      { tlsCertificateKeyFilePassword: [CANARY] },
      { authMechanismProperties: `${CANARY}` },
      { authMechanismProperties: `x-${CANARY}:1`, username: 'u', password: 'p' },
      { username: 'u', password: CANARY, authMechanism: 'MONGODB-X509' },
      { username: 'u', password: CANARY, authMechanismProperties: { AWS_SESSION_TOKEN: CANARY } },
      { host: `mongodb://u:${CANARY}`, port: 1 },
      { host: `u:${CANARY}@h` },
    ]) {
      try {
        resolveClientOptions(wrong);
      } catch (error) {
        expect(inspect(error, { depth: 5 })).not.toContain(CANARY);
        continue;
      }
      throw new Error(`accepted: ${Object.keys(wrong).join()}`);
    }
  });

  it('are in no message and no warning, wherever reserved characters break the password', () => {
    const pieces = fc.array(fc.constantFrom('@', ':', '/', '?', '&', '=', '%', '#', ',', ';', '[', ']'), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(pieces, fc.constantFrom('', '/db', '/?w=1', '/db?w=1&tls=true'), (reserved, rest) => {
        const uri = `mongodb://user:${[CANARY, ...reserved.flatMap((piece) => [piece, CANARY])].join('')}@host${rest}`;
        try {
          const parsed = parseConnectionString(uri);
          expect(parsed.warnings.join()).not.toContain(CANARY);
        } catch (error) {
          expect(inspect(error, { depth: 5 })).not.toContain(CANARY);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
