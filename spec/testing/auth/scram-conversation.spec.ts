import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { nodeRuntime } from '../../../lib/core/node-runtime.js';
import { saslprep } from '../../../lib/testing/auth/saslprep.js';
import { makeCredentials, type ScramMechanism } from '../../../lib/testing/auth/scram-credentials.js';
import { ScramConversation } from '../../../lib/testing/auth/scram-conversation.js';
import { UserStore } from '../../../lib/testing/auth/user-store.js';

const HASH = { 'SCRAM-SHA-1': 'sha1', 'SCRAM-SHA-256': 'sha256' } as const;
const SIZE = { 'SCRAM-SHA-1': 20, 'SCRAM-SHA-256': 32 } as const;

/** A client written from RFC 5802 alone. */
const clientFinal = (
  mechanism: ScramMechanism,
  secret: string,
  clientFirstBare: string,
  serverFirst: string,
) => {
  const hash = HASH[mechanism];
  const [nonce = '', salt = '', iterations = ''] = serverFirst.split(',').map((part) => part.slice(2));
  const salted = pbkdf2Sync(secret, Buffer.from(salt, 'base64'), Number(iterations), SIZE[mechanism], hash);
  const withoutProof = `c=biws,r=${nonce}`;
  const message = `${clientFirstBare},${serverFirst},${withoutProof}`;
  const clientKey = createHmac(hash, salted).update('Client Key').digest();
  const storedKey = createHash(hash).update(clientKey).digest();
  const signature = createHmac(hash, storedKey).update(message).digest();
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!));
  const serverKey = createHmac(hash, salted).update('Server Key').digest();
  return {
    payload: `${withoutProof},p=${proof.toString('base64')}`,
    serverSignature: createHmac(hash, serverKey).update(message).digest('base64'),
  };
};

const users = new UserStore(nodeRuntime);
users.create({ user: 'us=er,x', database: 'admin', password: 'pencil', roles: [] });
users.create({ user: 'old', database: 'admin', password: 'pencil', roles: [], mechanisms: ['SCRAM-SHA-1'] });
const secrets = {
  'SCRAM-SHA-1': createHash('md5').update('us=er,x:mongo:pencil').digest('hex'),
  'SCRAM-SHA-256': 'pencil',
};
const BARE = 'n=us=3Der=2Cx,r=abc';

describe.each(['SCRAM-SHA-1', 'SCRAM-SHA-256'] as const)('a conversation with %s', (mechanism) => {
  const open = (skipEmptyExchange = false): ScramConversation =>
    new ScramConversation(mechanism, users, 'admin', `n,,${BARE}`, 'xyz', skipEmptyExchange);

  it('ends with a signature that proves the server, after an empty exchange', () => {
    const conversation = open();
    const { payload, serverSignature } = clientFinal(mechanism, secrets[mechanism], BARE, conversation.first);
    expect(conversation.first).toMatch(/^r=abcxyz,s=/);
    expect(conversation.step(payload)).toEqual({ payload: `v=${serverSignature}`, done: false });
    expect(conversation.step('')).toEqual({ payload: '', done: true });
  });

  it('leaves the empty exchange out where asked to', () => {
    const conversation = open(true);
    const { payload } = clientFinal(mechanism, secrets[mechanism], BARE, conversation.first);
    expect(conversation.step(payload).done).toBe(true);
  });

  it('refuses a wrong password, a changed nonce and a changed header', () => {
    const wrong = open();
    expect(() => wrong.step(clientFinal(mechanism, 'crayon', BARE, wrong.first).payload)).toThrow(
      'Authentication failed',
    );
    const nonce = open();
    const { payload } = clientFinal(mechanism, secrets[mechanism], BARE, nonce.first);
    expect(() => nonce.step(payload.replace('r=abcxyz', 'r=abcxyy'))).toThrow('Authentication failed');
    const header = open();
    expect(() => header.step(payload.replace('c=biws', 'c=eSws'))).toThrow('Authentication failed');
  });

  it('does not let a second proof follow the first', () => {
    const conversation = open();
    const { payload } = clientFinal(mechanism, secrets[mechanism], BARE, conversation.first);
    conversation.step(payload);
    expect(() => conversation.step(payload)).toThrow('Authentication failed');
  });
});

describe('a conversation', () => {
  it.each([
    ['an unknown user', 'SCRAM-SHA-256', 'n,,n=nobody,r=abc'],
    ['a mechanism that the user does not have', 'SCRAM-SHA-256', 'n,,n=old,r=abc'],
    ['channel binding', 'SCRAM-SHA-1', 'p=tls-unique,,n=old,r=abc'],
    ['a message without a nonce', 'SCRAM-SHA-1', 'n,,n=old'],
  ] as const)('is refused for %s', (_what, mechanism, first) => {
    expect(() => new ScramConversation(mechanism, users, 'admin', first, 'xyz', false)).toThrow(
      expect.objectContaining({ code: 18 }),
    );
  });
});

it('derives the keys of the example of RFC 7677, section 3', () => {
  const credentials = makeCredentials(
    'SCRAM-SHA-256',
    'user',
    'pencil',
    Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
    4096,
  );
  const message =
    'n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,' +
    's=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
  expect(createHmac('sha256', credentials.serverKey).update(message).digest('base64')).toBe(
    '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  );
});

// RFC 4013, section 3.
it.each([
  ['I\u00ADX', 'IX'],
  ['user', 'user'],
  ['USER', 'USER'],
  ['\u00AA', 'a'],
  ['\u2168', 'IX'],
  ['a\u00A0b', 'a b'],
])('prepares %j as %j', (input, output) => {
  expect(saslprep(input)).toBe(output);
});
