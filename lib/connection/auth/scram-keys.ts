import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

export type ScramDigest = 'sha1' | 'sha256';

export interface ScramKeys {
  readonly clientKey: Buffer;
  readonly serverKey: Buffer;
}

const LENGTHS: Readonly<Record<ScramDigest, number>> = { sha1: 20, sha256: 32 };

/** More salts than a client meets: each server of a deployment has the same one for a user. */
const MAX_ENTRIES = 64;

/**
 * The keys that SCRAM derives from a password, kept because deriving them is slow by design (auth specification,
 * "Caching credentials in SCRAM"). Connections opened together share one derivation, which runs off the main thread.
 */
export class ScramKeyCache {
  readonly #entries = new Map<string, Promise<ScramKeys>>();

  keysOf(digest: ScramDigest, password: string, salt: Buffer, iterations: number): Promise<ScramKeys> {
    // The password itself is not kept as a key of the map.
    const fingerprint = createHash('sha256').update(password).digest('base64');
    const id = `${digest} ${fingerprint} ${salt.toString('base64')} ${String(iterations)}`;
    const known = this.#entries.get(id);
    if (known !== undefined) return known;
    const keys = deriveKeys(digest, password, salt, iterations);
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value as string);
    this.#entries.set(id, keys);
    return keys;
  }
}

/** `SaltedPassword`, `ClientKey` and `ServerKey` of RFC 5802 section 3. */
const deriveKeys = async (
  digest: ScramDigest,
  password: string,
  salt: Buffer,
  iterations: number,
): Promise<ScramKeys> => {
  const saltedPassword = await derive(password, salt, iterations, LENGTHS[digest], digest);
  return {
    clientKey: createHmac(digest, saltedPassword).update('Client Key').digest(),
    serverKey: createHmac(digest, saltedPassword).update('Server Key').digest(),
  };
};
