import type { Document, ObjectId } from 'bson';
import type { Connection } from '../../lib/connection/connection.js';
import type { ConnectRequest } from '../../lib/pool/pool-options.js';
import { deferred } from '../../lib/core/deferred.js';
import { AutoReconnect } from '../../lib/core/errors/connection.js';

/** What pool and topology use of a connection, without a stream behind it. */
export class FakeConnection {
  readonly id: number;
  readonly address: string;
  readonly generation: number;
  readonly description: { readonly serviceId: ObjectId | undefined };
  readonly helloMS = 1;
  readonly takeHello: () => Document;
  closed = false;
  /** A request is not answered in full. */
  busy = false;
  /** Settles when the reply that nobody waits for was read, where there is one. */
  lateReply: Promise<undefined> | undefined;
  closeReason: Error | undefined;
  readonly #onClose: () => void;
  #replied: ((reply: undefined) => void) | undefined;

  /** Its hello says nothing, unless a test gives one. */
  constructor(address: string, request: ConnectRequest, serviceId?: ObjectId, hello: Document = { ok: 0 }) {
    this.id = request.id;
    this.address = address;
    this.generation = request.generation;
    this.description = { serviceId };
    this.takeHello = () => hello;
    this.#onClose = request.onClose;
  }

  destroy(reason?: Error): void {
    this.closed = true;
    this.closeReason ??= reason;
    this.reply();
  }

  /** Whoever waited gave up. */
  giveUp(): void {
    const { promise, resolve } = deferred<undefined>();
    this.lateReply = promise;
    this.#replied = resolve;
  }

  /** The late reply has come. */
  reply(): void {
    this.lateReply = undefined;
    this.#replied?.(undefined);
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
