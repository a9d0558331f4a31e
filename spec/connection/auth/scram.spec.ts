import { describe, expect, it } from '@jest/globals';
import type { Document } from '../../../lib/bson/document.js';
import { Binary } from '../../../lib/bson/values.js';
import type { Conversation, Mechanism } from '../../../lib/connection/auth/mechanism.js';
import { ScramKeyCache } from '../../../lib/connection/auth/scram-keys.js';
import { scramSha1 } from '../../../lib/connection/auth/scram-sha-1.js';
import { scramSha256 } from '../../../lib/connection/auth/scram-sha-256.js';
import { OperationFailure } from '../../../lib/core/errors/server.js';
import { ConfigurationError } from '../../../lib/core/errors/usage.js';
import { nodeRuntime } from '../../../lib/core/node-runtime.js';
import { Credentials, type CredentialsOptions } from '../../../lib/options/credentials.js';
import { rejectionOf } from '../../support/open-test-connection.js';

/** The conversations that the auth specification prints, user `user` with password `pencil`. */
const EXAMPLES = {
  'SCRAM-SHA-1': {
    mechanism: scramSha1,
    nonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverFirst:
      'r=fyko+d2lbbFgONRv9qkxdawLHo+Vgk7qvUOKUwuWLIWg4l/9SraGMHEE,s=rQ9ZY3MntBeuP3E1TDVC4w==,i=10000',
    clientFinal:
      'c=biws,r=fyko+d2lbbFgONRv9qkxdawLHo+Vgk7qvUOKUwuWLIWg4l/9SraGMHEE,p=MC2T8BvbmWRckDw8oWl5IVghwCY=',
    serverFinal: 'v=UMWeI25JD1yNYZRMpZ4VHvhZ9e0=',
  },
  'SCRAM-SHA-256': {
    mechanism: scramSha256,
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    clientFinal:
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
} as const;

const start = (
  mechanism: Mechanism,
  nonce: string,
  options: Partial<CredentialsOptions> = {},
  scramKeys = new ScramKeyCache(),
): Conversation =>
  mechanism({
    credentials: new Credentials({ username: 'user', password: 'pencil', source: 'app', ...options }),
    runtime: { ...nodeRuntime, randomBytes: () => Buffer.from(nonce, 'base64') },
    scramKeys,
  });

const says = (payload: string, fields: Document = {}): Document => ({
  conversationId: 1,
  done: false,
  payload: new Binary(Buffer.from(payload)),
  ...fields,
});

const textOf = (command: Readonly<Record<string, unknown>> | undefined): string =>
  (command!['payload'] as Binary).toString('utf8');

describe.each(Object.entries(EXAMPLES))('%s', (name, example) => {
  it('holds the conversation of the specification', async () => {
    const conversation = start(example.mechanism, example.nonce);
    expect(conversation.first).toMatchObject({
      saslStart: 1,
      mechanism: name,
      options: { skipEmptyExchange: true },
      db: 'app',
    });
    expect(Object.keys(conversation.first)[0]).toBe('saslStart');
    expect(textOf(conversation.first)).toBe(`n,,n=user,r=${example.nonce}`);
    const second = await conversation.next(says(example.serverFirst));
    expect(second).toMatchObject({ saslContinue: 1, conversationId: 1 });
    expect(textOf(second)).toBe(example.clientFinal);
    expect(await conversation.next(says(example.serverFinal, { done: true }))).toBeUndefined();
  });

  it('ends with an empty exchange where the server wants one', async () => {
    const conversation = start(example.mechanism, example.nonce);
    await conversation.next(says(example.serverFirst));
    const empty = await conversation.next(says(example.serverFinal));
    expect(textOf(empty)).toBe('');
    expect(await conversation.next(says('', { done: true }))).toBeUndefined();
  });

  it('refuses a server that does not end', async () => {
    const conversation = start(example.mechanism, example.nonce);
    await conversation.next(says(example.serverFirst));
    await conversation.next(says(example.serverFinal));
    expect(await rejectionOf(conversation.next(says('')))).toBeInstanceOf(OperationFailure);
  });

  it.each([
    ['a wrong signature', 'v=AAAAI25JD1yNYZRMpZ4VHvhZ9e0='],
    ['no signature', ''],
    ['a signature of another length', 'v=AAAA'],
    ['an error', 'e=other-error'],
  ])('refuses a server that ends with %s', async (_name, serverFinal) => {
    const conversation = start(example.mechanism, example.nonce);
    await conversation.next(says(example.serverFirst));
    const error = await rejectionOf(conversation.next(says(serverFinal, { done: true })));
    expect(error).toBeInstanceOf(OperationFailure);
    expect((error as Error).message).not.toContain('pencil');
  });

  it.each([
    ['another nonce', (text: string) => text.replace(/^r=./, 'r=_')],
    ['the nonce of the client alone', (text: string) => text.replace(/^r=[^,]*/, `r=${example.nonce}`)],
    ['4095 iterations', (text: string) => text.replace(/i=.*/, 'i=4095')],
    ['no number of iterations', (text: string) => text.replace(/i=.*/, 'i=many')],
    ['endless iterations', (text: string) => text.replace(/i=.*/, 'i=2000000000')],
    ['no salt', (text: string) => text.replace(/s=[^,]*/, 's=')],
    ['no attributes', () => ''],
  ])('refuses a server that starts with %s', async (_name, change) => {
    const conversation = start(example.mechanism, example.nonce);
    expect(await rejectionOf(conversation.next(says(change(example.serverFirst))))).toBeInstanceOf(
      OperationFailure,
    );
  });

  it('refuses a server that says it is done before it has proved anything', async () => {
    const conversation = start(example.mechanism, example.nonce);
    const second = await conversation.next(says(example.serverFirst, { done: true }));
    expect(second).toHaveProperty('saslContinue');
    expect(await rejectionOf(conversation.next({ conversationId: 1, done: true }))).toBeInstanceOf(
      OperationFailure,
    );
  });

  it('needs a user name and a password', () => {
    expect(() => start(example.mechanism, example.nonce, { username: '' })).toThrow(ConfigurationError);
    expect(() => start(example.mechanism, example.nonce, { password: undefined })).toThrow(
      ConfigurationError,
    );
  });

  it('escapes commas and equal signs of a user name', () => {
    const { first } = start(example.mechanism, example.nonce, { username: 'a=b,c' });
    expect(textOf(first)).toBe(`n,,n=a=3Db=2Cc,r=${example.nonce}`);
  });
});

describe('ScramKeyCache', () => {
  const salt = Buffer.from('salt');

  it('derives once for connections that are opened together', async () => {
    const cache = new ScramKeyCache();
    const [one, other] = await Promise.all([
      cache.keysOf('sha256', 'pencil', salt, 4096),
      cache.keysOf('sha256', 'pencil', salt, 4096),
    ]);
    expect(one).toBe(other);
  });

  it.each([
    ['password', () => ['sha256', 'pencils', salt, 4096]],
    ['digest', () => ['sha1', 'pencil', salt, 4096]],
    ['salt', () => ['sha256', 'pencil', Buffer.from('pepper'), 4096]],
    ['iterations', () => ['sha256', 'pencil', salt, 4097]],
  ] as [string, () => ['sha1' | 'sha256', string, Buffer, number]][])(
    'keeps another %s apart',
    async (_name, other) => {
      const cache = new ScramKeyCache();
      const keys = await cache.keysOf('sha256', 'pencil', salt, 4096);
      expect((await cache.keysOf(...other())).clientKey).not.toEqual(keys.clientKey);
    },
  );

  it('forgets the oldest of many', async () => {
    const cache = new ScramKeyCache();
    const first = await cache.keysOf('sha1', 'p', Buffer.from('0'), 1);
    for (let index = 1; index <= 64; index++) await cache.keysOf('sha1', 'p', Buffer.from(String(index)), 1);
    const again = await cache.keysOf('sha1', 'p', Buffer.from('0'), 1);
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  it('[PROC-6] does not block the event loop', async () => {
    const cache = new ScramKeyCache();
    const progress = { done: false };
    const derived = Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        cache.keysOf('sha256', 'pencil', Buffer.from([index]), 200_000),
      ),
    ).then(() => {
      progress.done = true;
    });
    let turns = 0;
    for (; !progress.done; turns++) await new Promise((resolve) => setImmediate(resolve));
    await derived;
    // A turn without work takes microseconds, a derivation many milliseconds.
    expect(turns).toBeGreaterThan(200);
  });
});
