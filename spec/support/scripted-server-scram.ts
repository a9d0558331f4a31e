import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Binary, type Document } from 'bson';
import {
  standaloneHello,
  type Handler,
  type ScriptedRequest,
  type ScriptedServerOptions,
} from './scripted-server.js';

type MechanismName = 'SCRAM-SHA-1' | 'SCRAM-SHA-256';

export interface ScramUser {
  readonly username: string;
  /** As the server stores it: already prepared by SASLprep. */
  readonly password: string;
  readonly mechanisms: readonly MechanismName[];
}

export interface ScramServerOptions {
  readonly users: readonly ScramUser[];
  /** Announces the mechanisms of a user that asks (`saslSupportedMechs`); on by default. */
  readonly negotiates?: boolean;
  /** Takes part in speculative authentication; on by default. */
  readonly speculates?: boolean;
  readonly iterations?: number;
  /** Needs an empty exchange at the end, like servers before 4.4. */
  readonly longConversation?: boolean;
  /** Changes the server's messages, to play one that cheats. */
  readonly tamper?: (message: string, step: 'first' | 'final') => string;
  /** Fields of hello beside those of authentication. */
  readonly hello?: Document;
}

interface Conversation {
  readonly user: ScramUser;
  readonly mechanism: MechanismName;
  readonly clientFirst: string;
  readonly serverFirst: string;
  readonly nonce: string;
  proved: boolean;
}

const refused = (): Document => ({
  ok: 0,
  errmsg: 'Authentication failed.',
  code: 18,
  codeName: 'AuthenticationFailed',
});

const fields = (text: string): ReadonlyMap<string, string> =>
  new Map(text.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));

const textOf = (document: Document): string => (document['payload'] as Binary).toString('utf8');

/**
 * Hello and SASL commands of a server with users: give `hello` and `script` of the result to `startScriptedServer`.
 * Written against RFC 5802 and the auth specification alone, so that it checks the client's arithmetic.
 */
export const scramServer = (
  options: ScramServerOptions,
): {
  readonly hello: NonNullable<ScriptedServerOptions['hello']>;
  readonly script: Record<string, Handler>;
} => {
  const conversations = new Map<number, Conversation>();
  const iterations = options.iterations ?? 4096;
  const salt = randomBytes(16);
  const tamper = options.tamper ?? ((message: string) => message);
  let lastId = 0;

  const start = (command: Document): Document => {
    const mechanism = command['mechanism'] as MechanismName;
    const clientFirst = textOf(command).slice('n,,'.length);
    const name = (fields(clientFirst).get('n') ?? '').replaceAll('=2C', ',').replaceAll('=3D', '=');
    const user = options.users.find((candidate) => candidate.username === name);
    if (user?.mechanisms.includes(mechanism) !== true) return refused();
    const nonce = `${fields(clientFirst).get('r') ?? ''}${randomBytes(18).toString('base64')}`;
    const serverFirst = tamper(`r=${nonce},s=${salt.toString('base64')},i=${String(iterations)}`, 'first');
    const conversationId = ++lastId;
    conversations.set(conversationId, { user, mechanism, clientFirst, serverFirst, nonce, proved: false });
    return { conversationId, done: false, payload: new Binary(Buffer.from(serverFirst)) };
  };

  const continued = (command: Document): Document => {
    const conversationId = command['conversationId'] as number;
    const conversation = conversations.get(conversationId);
    if (conversation === undefined) return refused();
    if (conversation.proved) return { conversationId, done: true, payload: new Binary(Buffer.alloc(0)) };
    const clientFinal = textOf(command);
    const proof = fields(clientFinal).get('p') ?? '';
    const withoutProof = clientFinal.slice(0, clientFinal.lastIndexOf(',p='));
    const { mechanism, user, clientFirst, serverFirst, nonce } = conversation;
    const digest = mechanism === 'SCRAM-SHA-1' ? 'sha1' : 'sha256';
    const hmac = (key: Buffer, text: string): Buffer => createHmac(digest, key).update(text).digest();
    const password =
      digest === 'sha256'
        ? user.password
        : createHash('md5').update(`${user.username}:mongo:${user.password}`).digest('hex');
    const salted = pbkdf2Sync(password, salt, iterations, digest === 'sha1' ? 20 : 32, digest);
    const clientKey = hmac(salted, 'Client Key');
    const authMessage = `${clientFirst},${serverFirst},${withoutProof}`;
    const signature = hmac(createHash(digest).update(clientKey).digest(), authMessage);
    const expected = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))).toString(
      'base64',
    );
    if (proof !== expected || fields(withoutProof).get('r') !== nonce) return refused();
    conversation.proved = true;
    const final = tamper(`v=${hmac(hmac(salted, 'Server Key'), authMessage).toString('base64')}`, 'final');
    return {
      conversationId,
      done: options.longConversation !== true,
      payload: new Binary(Buffer.from(final)),
    };
  };

  const hello = ({ command }: ScriptedRequest): Document => {
    const reply: Document = { ...standaloneHello(), ...options.hello };
    const asked = command['saslSupportedMechs'] as string | undefined;
    const user = options.users.find(({ username }) => asked?.endsWith(`.${username}`) === true);
    if (asked !== undefined && options.negotiates !== false)
      reply['saslSupportedMechs'] = user?.mechanisms ?? [];
    const speculative = command['speculativeAuthenticate'] as Document | undefined;
    if (speculative !== undefined && options.speculates !== false) {
      const started = start(speculative);
      if (started['ok'] !== 0) reply['speculativeAuthenticate'] = started;
    }
    return reply;
  };

  return {
    hello,
    script: {
      saslStart: ({ command }) => start(command),
      saslContinue: ({ command }) => continued(command),
    },
  };
};
