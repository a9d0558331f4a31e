import { timingSafeEqual } from 'node:crypto';
import { CommandError } from '../command-error.js';
import { hashOf, hmacOf, type ScramCredentials, type ScramMechanism } from './scram-credentials.js';
import type { User, UserStore } from './user-store.js';

export interface ConversationStep {
  readonly payload: string;
  readonly done: boolean;
}

export const authenticationFailed = (): CommandError =>
  new CommandError('AuthenticationFailed', 'Authentication failed.');

const attributesOf = (message: string): Map<string, string> =>
  new Map(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));

const decodeName = (name: string): string => name.replace(/=2C/g, ',').replace(/=3D/g, '=');

/** The server's side of one SCRAM exchange (RFC 5802, section 5). */
export class ScramConversation {
  readonly mechanism: ScramMechanism;
  readonly user: User;
  readonly #credentials: ScramCredentials;
  readonly #skipEmptyExchange: boolean;
  readonly #authMessage: string;
  readonly #gs2Header: string;
  readonly #nonce: string;
  /** The text of the server's first message. */
  readonly first: string;
  #state: 'challenged' | 'proved' | 'done' = 'challenged';

  constructor(
    mechanism: ScramMechanism,
    users: UserStore,
    database: string,
    clientFirst: string,
    serverNonce: string,
    skipEmptyExchange: boolean,
  ) {
    const bare = /^(?:n|y),[^,]*,(.*)$/s.exec(clientFirst)?.[1];
    const attributes = attributesOf(bare ?? '');
    const name = attributes.get('n');
    const clientNonce = attributes.get('r');
    if (bare === undefined || name === undefined || !clientNonce) {
      throw new CommandError(
        'AuthenticationFailed',
        'Incorrect number of arguments for first SCRAM client message',
      );
    }
    const user = users.find(database, decodeName(name));
    const credentials = user?.credentials.get(mechanism);
    if (user === undefined || credentials === undefined) throw authenticationFailed();
    this.mechanism = mechanism;
    this.user = user;
    this.#credentials = credentials;
    this.#skipEmptyExchange = skipEmptyExchange;
    this.#gs2Header = clientFirst.slice(0, clientFirst.length - bare.length);
    this.#nonce = clientNonce + serverNonce;
    this.first = `r=${this.#nonce},s=${credentials.salt.toString('base64')},i=${String(credentials.iterations)}`;
    this.#authMessage = `${bare},${this.first}`;
  }

  /** Answers a later message of the client. Throws AuthenticationFailed. */
  step(payload: string): ConversationStep {
    if (this.#state === 'challenged') return this.#prove(payload);
    if (this.#state === 'proved' && payload === '') {
      this.#state = 'done';
      return { payload: '', done: true };
    }
    throw authenticationFailed();
  }

  #prove(payload: string): ConversationStep {
    const proofAt = payload.lastIndexOf(',p=');
    const withoutProof = payload.slice(0, Math.max(proofAt, 0));
    const attributes = attributesOf(withoutProof);
    const binding = Buffer.from(attributes.get('c') ?? '', 'base64').toString('utf8');
    if (proofAt < 0 || binding !== this.#gs2Header || attributes.get('r') !== this.#nonce)
      throw authenticationFailed();
    const { storedKey, serverKey } = this.#credentials;
    const authMessage = `${this.#authMessage},${withoutProof}`;
    const proof = Buffer.from(payload.slice(proofAt + 3), 'base64');
    const signature = hmacOf(this.mechanism, storedKey, authMessage);
    if (proof.length !== signature.length) throw authenticationFailed();
    const clientKey = proof.map((byte, index) => byte ^ (signature[index] ?? 0));
    if (!timingSafeEqual(hashOf(this.mechanism, clientKey), storedKey)) throw authenticationFailed();
    const done = this.#skipEmptyExchange;
    this.#state = done ? 'done' : 'proved';
    return { payload: `v=${hmacOf(this.mechanism, serverKey, authMessage).toString('base64')}`, done };
  }
}
