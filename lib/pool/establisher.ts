import type { Connection } from '../connection/connection.js';
import type { Deadline } from '../core/deadline.js';
import type { CheckOut } from './check-out.js';
import { labelOverload } from './overload-labels.js';
import type { ConnectionClosedReason } from './pool-events.js';
import type { PoolOptions } from './pool-options.js';
import type { PoolPublisher } from './pool-publisher.js';
import type { ServiceId } from './service-id.js';

/** A connection that is being established. */
export interface Attempt {
  readonly id: number;
  /** The pool's generation when it began. */
  readonly generation: number;
  /** Whom it is for; absent where the background fill asked for it. */
  readonly checkOut: CheckOut | undefined;
  /** Gives back the permit it was begun with. */
  readonly release: () => void;
  /** Ends it. */
  readonly controller: AbortController;
  /** Behind a load balancer, from the handshake on: where it leads, and the generation it has there. */
  service: AttemptService | undefined;
}

export interface AttemptService {
  readonly id: ServiceId;
  readonly generation: number;
}

/** What the pool does with the outcome of an attempt that was not abandoned. */
export interface EstablisherHandlers {
  /** The handshake told of a service. */
  onService(attempt: Attempt, id: ServiceId): void;
  onOpen(attempt: Attempt, connection: Connection): void;
  onFailure(attempt: Attempt, error: unknown): void;
  /** Every attempt, abandoned ones too: its stream is open or gone. */
  onEnd(attempt: Attempt): void;
  /** An open connection closed by itself. */
  onClose(): void;
}

/** Opens connections and numbers them; knows which are on the way. */
export class Establisher {
  readonly #options: PoolOptions;
  readonly #publisher: PoolPublisher;
  readonly #handlers: EstablisherHandlers;
  /** At most `maxConnecting`, and those of the background fill. */
  readonly #running: Attempt[] = [];
  #lastId = 0;
  /** One for all: an open connection does not hold on to the attempt it came from. */
  readonly #onClose = (): void => this.#handlers.onClose();

  constructor(options: PoolOptions, publisher: PoolPublisher, handlers: EstablisherHandlers) {
    this.#options = options;
    this.#publisher = publisher;
    this.#handlers = handlers;
  }

  get size(): number {
    return this.#running.length;
  }

  begin(generation: number, checkOut: CheckOut | undefined, release: () => void): void {
    const attempt: Attempt = {
      id: ++this.#lastId,
      generation,
      checkOut,
      release,
      controller: new AbortController(),
      service: undefined,
    };
    void this.#run(attempt);
  }

  /**
   * Gives up all attempts of generations up to this one, each with an error of its own; `onAbandoned` tells each, before
   * its stream is destroyed.
   */
  abandon(
    generation: number,
    makeError: () => Error,
    reason: ConnectionClosedReason,
    onAbandoned: (attempt: Attempt, error: Error) => void,
  ): void {
    for (const attempt of [...this.#running]) {
      if (attempt.generation > generation) continue;
      const error = makeError();
      this.#end(attempt);
      this.#publisher.connectionClosed(attempt.id, reason, error);
      onAbandoned(attempt, error);
      attempt.controller.abort(error);
    }
  }

  async #run(attempt: Attempt): Promise<void> {
    const { runtime, connect } = this.#options;
    const startedAt = runtime.now();
    this.#running.push(attempt);
    this.#publisher.connectionCreated(attempt.id);
    try {
      const connection = await connect({
        id: attempt.id,
        generation: attempt.generation,
        deadline: abortOnly(attempt.controller.signal),
        background: attempt.checkOut === undefined,
        onHello: ({ serviceId }) => {
          if (serviceId !== undefined) this.#handlers.onService(attempt, serviceId);
        },
        onClose: this.#onClose,
      });
      if (this.#end(attempt)) {
        this.#publisher.connectionReady(attempt.id, runtime.now() - startedAt);
        this.#handlers.onOpen(attempt, connection);
      } else {
        connection.destroy();
      }
    } catch (error) {
      if (this.#end(attempt)) this.#failed(attempt, error);
    }
    this.#handlers.onEnd(attempt);
  }

  /** Whether it was still running. */
  #end(attempt: Attempt): boolean {
    const index = this.#running.indexOf(attempt);
    if (index >= 0) this.#running.splice(index, 1);
    return index >= 0;
  }

  /** The deployment hears of it before anybody else: SDAM clears the pool before the connection counts as closed. */
  #failed(attempt: Attempt, error: unknown): void {
    labelOverload(error);
    const { generation, service } = attempt;
    this.#options.onConnectFailure({
      error,
      generation: service?.generation ?? generation,
      serviceId: service?.id,
    });
    this.#publisher.connectionClosed(attempt.id, 'error', error);
    this.#handlers.onFailure(attempt, error);
  }
}

const abortOnly = (signal: AbortSignal): Deadline => ({
  expiresAt: Infinity,
  signal,
  timeoutError: () => signal.reason as Error,
});
