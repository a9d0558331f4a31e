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
  readonly #running = new Map<Attempt, AbortController>();
  #lastId = 0;

  constructor(options: PoolOptions, publisher: PoolPublisher, handlers: EstablisherHandlers) {
    this.#options = options;
    this.#publisher = publisher;
    this.#handlers = handlers;
  }

  get size(): number {
    return this.#running.size;
  }

  begin(generation: number, checkOut: CheckOut | undefined, release: () => void): void {
    const attempt: Attempt = { id: ++this.#lastId, generation, checkOut, release, service: undefined };
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
    for (const [attempt, controller] of [...this.#running]) {
      if (attempt.generation > generation) continue;
      const error = makeError();
      this.#running.delete(attempt);
      this.#publisher.connectionClosed(attempt.id, reason, error);
      onAbandoned(attempt, error);
      controller.abort(error);
    }
  }

  async #run(attempt: Attempt): Promise<void> {
    const { runtime, connect } = this.#options;
    const controller = new AbortController();
    const startedAt = runtime.now();
    this.#running.set(attempt, controller);
    this.#publisher.connectionCreated(attempt.id);
    try {
      const connection = await connect({
        id: attempt.id,
        generation: attempt.generation,
        deadline: abortOnly(controller.signal),
        background: attempt.checkOut === undefined,
        onHello: ({ serviceId }) => {
          if (serviceId !== undefined) this.#handlers.onService(attempt, serviceId);
        },
        onClose: () => this.#handlers.onClose(),
      });
      if (this.#running.delete(attempt)) {
        this.#publisher.connectionReady(attempt.id, runtime.now() - startedAt);
        this.#handlers.onOpen(attempt, connection);
      } else {
        connection.destroy();
      }
    } catch (error) {
      if (this.#running.delete(attempt)) this.#failed(attempt, error);
    }
    this.#handlers.onEnd(attempt);
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
