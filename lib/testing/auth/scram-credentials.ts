import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { saslprep } from './saslprep.js';

export type ScramMechanism = 'SCRAM-SHA-1' | 'SCRAM-SHA-256';

export const SCRAM_MECHANISMS: readonly ScramMechanism[] = ['SCRAM-SHA-1', 'SCRAM-SHA-256'];

/** What the server keeps of a password: RFC 5802, section 3. */
export interface ScramCredentials {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

const HASHES = { 'SCRAM-SHA-1': 'sha1', 'SCRAM-SHA-256': 'sha256' } as const;
const SIZES = { 'SCRAM-SHA-1': 20, 'SCRAM-SHA-256': 32 } as const;

/** Bytes of salt that make the first block of PBKDF2 fit one hash, as the server's. */
export const SALT_SIZES = { 'SCRAM-SHA-1': 16, 'SCRAM-SHA-256': 28 } as const;

export const hashOf = (mechanism: ScramMechanism, bytes: Uint8Array): Buffer =>
  createHash(HASHES[mechanism]).update(bytes).digest();

export const hmacOf = (mechanism: ScramMechanism, key: Uint8Array, text: string): Buffer =>
  createHmac(HASHES[mechanism], key).update(text, 'utf8').digest();

/** SCRAM-SHA-1 hashes the digest of the old MONGODB-CR mechanism in place of the password (auth specification). */
const secretOf = (mechanism: ScramMechanism, user: string, password: string): string =>
  mechanism === 'SCRAM-SHA-1'
    ? createHash('md5').update(`${user}:mongo:${password}`, 'utf8').digest('hex')
    : saslprep(password);

export const makeCredentials = (
  mechanism: ScramMechanism,
  user: string,
  password: string,
  salt: Buffer,
  iterations: number,
): ScramCredentials => {
  const secret = secretOf(mechanism, user, password);
  const salted = pbkdf2Sync(secret, salt, iterations, SIZES[mechanism], HASHES[mechanism]);
  return {
    salt,
    iterations,
    storedKey: hashOf(mechanism, hmacOf(mechanism, salted, 'Client Key')),
    serverKey: hmacOf(mechanism, salted, 'Server Key'),
  };
};
