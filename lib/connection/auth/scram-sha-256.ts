import type { Mechanism } from './mechanism.js';
import { preparePassword } from './saslprep.js';
import { startScram } from './scram.js';

/** SCRAM-SHA-256: the password as prepared by SASLprep, the user name as it is (auth specification). */
export const scramSha256: Mechanism = (context) =>
  startScram(
    {
      mechanism: 'SCRAM-SHA-256',
      digest: 'sha256',
      preparePassword: (_username, password) => preparePassword(password),
    },
    context,
  );
