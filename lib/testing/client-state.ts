import type { Document } from 'bson';

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
  metadata: Document | undefined;
  user: AuthenticatedUser | undefined;
  /** A SASL conversation that is under way. */
  conversation: unknown;
  /** A hello or isMaster has been answered. */
  greeted = false;
  closed = false;
  readonly #onClose = new Set<() => void>();
  readonly #close: (error?: Error) => void;

  constructor(id: number, remoteAddress: string, close: (error?: Error) => void) {
    this.id = id;
    this.remoteAddress = remoteAddress;
    this.#close = close;
  }

  get appName(): string | undefined {
    const name: unknown = (this.metadata?.['application'] as Document | undefined)?.['name'];
    return typeof name === 'string' ? name : undefined;
  }

  /** Closes the socket without a reply. */
  close(): void {
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
