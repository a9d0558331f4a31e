import { InvalidOperation } from '../core/errors/usage.js';
import type { Runtime } from '../core/runtime.js';
import type { ClientEngine } from './client-engine.js';
import { graceOf, type CloseOptions } from './close-options.js';
import { registerOpenClient } from './open-clients.js';

export interface ClientLifeOptions {
  readonly runtime: Runtime;
  /** For messages: where the client connects to. */
  readonly hosts: string;
  readonly reopenOnUse: boolean;
  readonly makeEngine: () => ClientEngine;
  /** Runs when nothing of the engine is left; the end waits for it. */
  readonly onClosed: () => Promise<void>;
}

/**
 * ```
 *   new --use--> open --close()--> closing --> closed
 *    +----------close()---------------^
 *   closing or closed --use with reopenOnUse--> new
 * ```
 */
type LifeState = 'new' | 'open' | 'closing' | 'closed';

const NEXT_STATES: Readonly<Record<LifeState, readonly LifeState[]>> = {
  new: ['open', 'closing'],
  open: ['closing'],
  closing: ['closed', 'new'],
  closed: ['new'],
};

/** When a client works and when it does not: its engine from the first use to the end of `close`. */
export class ClientLife {
  readonly #options: ClientLifeOptions;
  #state: LifeState = 'new';
  #engine: ClientEngine;
  #closing: Promise<void> | undefined;
  #unregister: (() => void) | undefined;
  readonly #closeListeners = new Set<() => void>();

  constructor(options: ClientLifeOptions) {
    this.#options = options;
    this.#engine = options.makeEngine();
  }

  /** What the client runs on, or ran on last. */
  get engine(): ClientEngine {
    return this.#engine;
  }

  /** Begins in a later turn of the event loop, so that listeners can be added first. */
  startLater(): void {
    this.#options.runtime.setImmediate(() => {
      if (this.#state === 'new') this.#start();
    });
  }

  /** For whoever is about to work. Throws `InvalidOperation` once the client closes. */
  use(): ClientEngine {
    if (this.#state === 'closing' || this.#state === 'closed') this.#reopen();
    if (this.#state === 'new') this.#start();
    return this.#engine;
  }

  /** Calls the listener once when the engine in use has ended; the returned function takes it back. */
  whenClosed(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => {
      this.#closeListeners.delete(listener);
    };
  }

  /** Resolves when nothing of the engine is left. Called again, it waits for the same end, which `force` hastens. */
  close(options: CloseOptions): Promise<void> {
    const graceMS = graceOf(options);
    const force = options.force === true;
    if (this.#closing !== undefined) {
      if (force) this.#engine.hasten();
      return this.#closing;
    }
    this.#closing = this.#close(graceMS, force);
    return this.#closing;
  }

  async #close(graceMS: number, force: boolean): Promise<void> {
    const engine = this.#engine;
    const unregister = this.#unregister;
    this.#unregister = undefined;
    const listeners = [...this.#closeListeners];
    this.#closeListeners.clear();
    this.#transition('closing');
    if (force) engine.hasten();
    await engine.close(graceMS);
    unregister?.();
    for (const listener of listeners) listener();
    await this.#options.onClosed();
    if (this.#engine === engine) this.#transition('closed');
  }

  #start(): void {
    this.#transition('open');
    this.#unregister = registerOpenClient(this.#options.hosts);
    this.#engine.topology.start();
  }

  #reopen(): void {
    const { reopenOnUse, makeEngine } = this.#options;
    if (!reopenOnUse) {
      throw new InvalidOperation('The client is closed: make another one, or an equal one with clone()');
    }
    this.#closing = undefined;
    this.#engine = makeEngine();
    this.#transition('new');
  }

  #transition(to: LifeState): void {
    if (!NEXT_STATES[this.#state].includes(to)) {
      throw new InvalidOperation(`A client cannot go from ${this.#state} to ${to}`);
    }
    this.#state = to;
  }
}
