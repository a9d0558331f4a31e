import type { ScramConversation } from './auth/scram-conversation.js';
import type { Doc } from './query/value.js';

/** A user that authenticated on a connection. */
export interface AuthenticatedUser {
  readonly user: string;
  readonly database: string;
}

/** What the server side knows of one client connection. */
export class ClientState {
  /** `connectionId` of hello. */
  readonly id: number;
  readonly remoteAddress: string;
  /** `client` of the first hello. */
  metadata: Doc | undefined;
  user: AuthenticatedUser | undefined;
  /** A SASL conversation that is under way. */
  conversation: ScramConversation | undefined;
  closed = false;
  /** It came through a load balancer. */
  readonly balanced: boolean;
  /** It has been told which router it leads to. */
  serviceKnown = false;
  readonly #onClose = new Set<() => void>();
  readonly #close: () => void;

  constructor(id: number, remoteAddress: string, balanced: boolean, close: () => void) {
    this.id = id;
    this.remoteAddress = remoteAddress;
    this.balanced = balanced;
    this.#close = close;
  }

  get appName(): string | undefined {
    const application = this.metadata?.get('application');
    const name = application instanceof Map ? application.get('name') : undefined;
    return typeof name === 'string' ? name : undefined;
  }

  /** Closes the socket without a reply. */
  close(): void {
    this.closed = true;
    this.#close();
  }

  /** Runs when the connection is gone, unless the returned function is called before. */
  onClose(callback: () => void): () => void {
    this.#onClose.add(callback);
    return () => {
      this.#onClose.delete(callback);
    };
  }

  /** To be called by the owner of the socket, once. */
  closedNow(): void {
    this.closed = true;
    for (const callback of [...this.#onClose]) callback();
    this.#onClose.clear();
  }
}
