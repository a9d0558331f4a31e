import type { Document } from '../../lib/bson/document.js';
import { watchDeadline, type Deadline } from '../../lib/core/deadline.js';
import { deferred, type Deferred } from '../../lib/core/deferred.js';
import type { MonitorConnection } from '../../lib/topology/monitoring/monitor-connection.js';
import type { VirtualRuntime } from './virtual-runtime.js';

interface Pending {
  readonly reply: Deferred<Document>;
  readonly stop: () => void;
}

/** The monitoring connections of all servers: each check waits until a test says what the server answers. */
export class FakeMonitors {
  readonly #runtime: VirtualRuntime;
  readonly #pending = new Map<string, Pending>();
  /** Addresses in the order of their checks. */
  readonly checks: string[] = [];
  /** Connections that are open. */
  open = 0;

  constructor(runtime: VirtualRuntime) {
    this.#runtime = runtime;
  }

  readonly connect = async (address: string, deadline: Deadline): Promise<MonitorConnection> => {
    const hello = await this.#ask(address, deadline);
    let closed = false;
    this.open++;
    return {
      takeHello: () => hello,
      handshakeMS: 1,
      moreToCome: false,
      check: (next) => this.#ask(address, next),
      watch: () => Promise.reject(new Error('These servers do not tell by themselves')),
      nextReply: () => Promise.reject(new Error('These servers do not tell by themselves')),
      destroy: () => {
        if (closed) return;
        closed = true;
        this.open--;
        this.#pending.get(address)?.reply.reject(new Error('The connection was destroyed'));
      },
    };
  };

  isPending(address: string): boolean {
    return this.#pending.has(address);
  }

  /** Ends the check of this server, which must be going on. */
  async answer(address: string, outcome: Document | Error): Promise<void> {
    const pending = this.#pending.get(address);
    if (pending === undefined) throw new Error(`${address} is not being checked`);
    if (outcome instanceof Error) pending.reply.reject(outcome);
    else pending.reply.resolve(outcome);
    await this.#runtime.settle();
  }

  async #ask(address: string, deadline: Deadline): Promise<Document> {
    this.checks.push(address);
    const reply = deferred<Document>();
    const pending: Pending = { reply, stop: watchDeadline(deadline, this.#runtime, reply.reject) };
    this.#pending.set(address, pending);
    try {
      return await reply.promise;
    } finally {
      pending.stop();
      if (this.#pending.get(address) === pending) this.#pending.delete(address);
    }
  }
}
