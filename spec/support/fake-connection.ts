import type { ObjectId } from 'bson';
import type { Connection } from '../../lib/connection/connection.js';
import type { ConnectRequest } from '../../lib/pool/pool-options.js';
import { AutoReconnect } from '../../lib/core/errors/connection.js';

/** What pool and topology use of a connection, without a stream behind it. */
export class FakeConnection {
  readonly id: number;
  readonly address: string;
  readonly generation: number;
  readonly description: { readonly serviceId: ObjectId | undefined };
  closed = false;
  closeReason: Error | undefined;
  readonly #onClose: () => void;

  constructor(address: string, request: ConnectRequest, serviceId?: ObjectId) {
    this.id = request.id;
    this.address = address;
    this.generation = request.generation;
    this.description = { serviceId };
    this.#onClose = request.onClose;
  }

  destroy(reason?: Error): void {
    this.closed = true;
    this.closeReason ??= reason;
  }

  /** The other end goes away. */
  breakDown(): void {
    this.destroy(new AutoReconnect('connection reset', { address: this.address }));
    this.#onClose();
  }

  get asConnection(): Connection {
    return this as unknown as Connection;
  }
}
