import { createHash } from 'node:crypto';
import type { Mechanism } from './mechanism.js';
import { startScram } from './scram.js';

/** SCRAM-SHA-1: the password is hashed in MongoDB's own way first, without SASLprep (auth specification). */
export const scramSha1: Mechanism = (context) =>
  startScram(
    {
      mechanism: 'SCRAM-SHA-1',
      digest: 'sha1',
      preparePassword: (username, password) =>
        createHash('md5').update(`${username}:mongo:${password}`, 'utf8').digest('hex'),
    },
    context,
  );
