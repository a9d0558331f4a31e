import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Document } from '../../bson/document.js';
import { Binary } from '../../bson/values.js';
import { OperationFailure } from '../../core/errors/server.js';
import { ConfigurationError } from '../../core/errors/usage.js';
import type { Conversation, ConversationContext } from './mechanism.js';
import type { ScramDigest } from './scram-keys.js';

/** Auth specification, "SCRAM-SHA-1": fewer would let somebody in the middle weaken the password's protection. */
const MIN_ITERATIONS = 4096;

/** Far beyond what servers use; keeps a malicious one from occupying a thread for minutes. */
const MAX_ITERATIONS = 10_000_000;

const NONCE_SIZE = 24;

/** `n,,`: no channel binding (RFC 5802 section 7). */
const GS2_HEADER = 'n,,';

export interface ScramVariant {
  readonly mechanism: 'SCRAM-SHA-1' | 'SCRAM-SHA-256';
  readonly digest: ScramDigest;
  /** What is hashed in the place of the password. */
  preparePassword(username: string, password: string): string | Promise<string>;
}

/** A SCRAM conversation (RFC 5802, RFC 7677) as the auth specification carries it in SASL commands. */
export const startScram = (variant: ScramVariant, context: ConversationContext): Conversation => {
  const { username, password, source } = context.credentials;
  if (username === undefined || username === '') {
    throw new ConfigurationError(`${variant.mechanism} needs a user name`);
  }
  if (password === undefined) throw new ConfigurationError(`${variant.mechanism} needs a password`);

  const nonce = Buffer.from(context.runtime.randomBytes(NONCE_SIZE)).toString('base64');
  const clientFirst = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  let conversationId: unknown;
  let serverSignature: Buffer | undefined;
  let proved = false;

  const proof = async (reply: Document): Promise<Readonly<Record<string, unknown>>> => {
    const serverFirst = payloadOf(reply);
    const { nonce: serverNonce, salt, iterations } = readServerFirst(serverFirst, nonce);
    const prepared = await variant.preparePassword(username, password);
    const { clientKey, serverKey } = await context.scramKeys.keysOf(
      variant.digest,
      prepared,
      salt,
      iterations,
    );
    const storedKey = createHash(variant.digest).update(clientKey).digest();
    const withoutProof = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${serverNonce}`;
    const authMessage = `${clientFirst},${serverFirst},${withoutProof}`;
    const clientSignature = createHmac(variant.digest, storedKey).update(authMessage).digest();
    serverSignature = createHmac(variant.digest, serverKey).update(authMessage).digest();
    return continueWith(`${withoutProof},p=${xor(clientKey, clientSignature).toString('base64')}`);
  };

  const checkServer = (reply: Document, expected: Buffer): void => {
    const fields = attributes(payloadOf(reply));
    const error = fields.get('e');
    if (error !== undefined) throw failure(`The server refused the authentication: ${error}`);
    const received = Buffer.from(fields.get('v') ?? '', 'base64');
    if (received.length !== expected.length || !timingSafeEqual(received, expected)) {
      throw failure('The server did not prove that it knows the password: it is not to be trusted');
    }
  };

  const continueWith = (payload: string): Readonly<Record<string, unknown>> => ({
    saslContinue: 1,
    conversationId,
    payload: new Binary(Buffer.from(payload)),
  });

  return {
    first: {
      saslStart: 1,
      mechanism: variant.mechanism,
      payload: new Binary(Buffer.from(`${GS2_HEADER}${clientFirst}`)),
      autoAuthorize: 1,
      // Servers from 4.4 on then end the conversation one round trip earlier.
      options: { skipEmptyExchange: true },
      db: source,
    },
    next: async (reply) => {
      if (serverSignature === undefined) {
        conversationId = reply['conversationId'];
        return proof(reply);
      }
      if (!proved) {
        checkServer(reply, serverSignature);
        proved = true;
        return reply['done'] === true ? undefined : continueWith('');
      }
      if (reply['done'] !== true) throw failure('The server did not end the authentication');
      return undefined;
    },
  };
};

const failure = (message: string): OperationFailure =>
  new OperationFailure(message, { command: 'saslContinue' });

const payloadOf = (reply: Document): string => {
  const payload = reply['payload'] as unknown;
  if (payload instanceof Binary) return payload.toString('utf8');
  throw failure('The server sent no payload in its part of the authentication');
};

/** `a=b,c=d`; values may contain `=`. */
const attributes = (text: string): ReadonlyMap<string, string> =>
  new Map(text.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));

const readServerFirst = (
  text: string,
  clientNonce: string,
): { readonly nonce: string; readonly salt: Buffer; readonly iterations: number } => {
  const fields = attributes(text);
  const nonce = fields.get('r') ?? '';
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    throw failure("The server's nonce does not continue the client's");
  }
  const iterations = Number(fields.get('i'));
  if (!Number.isInteger(iterations) || iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) {
    throw failure(
      `The server asks for ${String(fields.get('i'))} iterations; at least ${String(MIN_ITERATIONS)} are accepted`,
    );
  }
  const salt = Buffer.from(fields.get('s') ?? '', 'base64');
  if (salt.length === 0) throw failure('The server sent no salt');
  return { nonce, salt, iterations };
};

const xor = (one: Buffer, other: Buffer): Buffer => {
  const result = Buffer.alloc(one.length);
  for (let index = 0; index < one.length; index += 1) {
    result[index] = (one[index] as number) ^ (other[index] as number);
  }
  return result;
};
