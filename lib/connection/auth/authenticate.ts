import type { Document } from '../../bson/document.js';
import type { Conversation, ConversationContext } from './mechanism.js';
import { mechanismOf, type MechanismName } from './mechanisms.js';

/** Sends one authentication command to a database and resolves with its `ok: 1` reply. */
export type SendAuthCommand = (database: string, body: Record<string, unknown>) => Promise<Document>;

/** Tried before the server has said what it supports (handshake specification, "Speculative Authentication"). */
const SPECULATIVE_DEFAULT: MechanismName = 'SCRAM-SHA-256';

const NEGOTIATED: readonly MechanismName[] = ['SCRAM-SHA-256', 'SCRAM-SHA-1'];

/** The authentication of one connection, from the fields it adds to hello to the last reply. */
export class Authentication {
  readonly #context: ConversationContext;
  readonly #speculative: Conversation;

  /** Throws `ConfigurationError` where the credentials cannot work. */
  constructor(context: ConversationContext) {
    this.#context = context;
    this.#speculative = mechanismOf(context.credentials.mechanism ?? SPECULATIVE_DEFAULT)(context);
  }

  /** What the handshake asks for beside its own business. */
  helloFields(): Record<string, unknown> {
    const { mechanism, source, username } = this.#context.credentials;
    return {
      ...(mechanism === undefined && { saslSupportedMechs: `${source}.${username ?? ''}` }),
      speculativeAuthenticate: this.#speculative.first,
    };
  }

  /** Goes on where the reply to hello left the conversation. */
  async run(hello: Document, send: SendAuthCommand): Promise<void> {
    const { source } = this.#context.credentials;
    const started = hello['speculativeAuthenticate'] as Document | undefined;
    let conversation = this.#speculative;
    let reply = started;
    if (reply === undefined) {
      conversation = mechanismOf(this.#negotiate(hello))(this.#context);
      const { db: _database, ...first } = conversation.first;
      reply = await send(source, first);
    }
    for (;;) {
      const command = await conversation.next(reply);
      if (command === undefined) return;
      reply = await send(source, command);
    }
  }

  /** Auth specification, "Default Authentication Methods". */
  #negotiate(hello: Document): MechanismName {
    const { mechanism } = this.#context.credentials;
    if (mechanism !== undefined) return mechanism;
    const supported = hello['saslSupportedMechs'] as unknown;
    const offered = Array.isArray(supported) ? (supported as readonly unknown[]) : [];
    return NEGOTIATED.find((name) => offered.includes(name)) ?? 'SCRAM-SHA-1';
  }
}
