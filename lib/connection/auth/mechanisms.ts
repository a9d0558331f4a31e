import { ConfigurationError } from '../../core/errors/usage.js';
import type { AuthMechanism } from '../../options/credentials.js';
import type { Mechanism } from './mechanism.js';
import { scramSha1 } from './scram-sha-1.js';
import { scramSha256 } from './scram-sha-256.js';

export type MechanismName = Exclude<AuthMechanism, 'DEFAULT'>;

/** One entry per mechanism of the auth specification; `undefined` where this version has none. */
const MECHANISMS: Readonly<Record<MechanismName, Mechanism | undefined>> = {
  'SCRAM-SHA-1': scramSha1,
  'SCRAM-SHA-256': scramSha256,
  'MONGODB-X509': undefined,
  'MONGODB-AWS': undefined,
  GSSAPI: undefined,
  PLAIN: undefined,
  'MONGODB-OIDC': undefined,
};

/** Throws `ConfigurationError` for a mechanism that this version does not have. */
export const mechanismOf = (name: MechanismName): Mechanism => {
  const mechanism = MECHANISMS[name];
  if (mechanism !== undefined) return mechanism;
  const available = Object.entries(MECHANISMS)
    .filter(([, entry]) => entry !== undefined)
    .map(([available]) => available);
  throw new ConfigurationError(
    `authMechanism ${name} is not supported by this version of asyncmongo, which has ${available.join(' and ')}`,
  );
};
