import type { Document } from '../../lib/bson/document.js';
import { watchDeadline, type Deadline } from '../../lib/core/deadline.js';
import { deferred, type Deferred } from '../../lib/core/deferred.js';
import type { MonitorConnection } from '../../lib/topology/monitoring/monitor-connection.js';
import type { TopologyVersion } from '../../lib/topology/description/topology-version.js';
import type { VirtualRuntime } from './virtual-runtime.js';

/** What a monitoring connection was asked. */
export interface Question {
  readonly kind: 'handshake' | 'check' | 'watch' | 'nextReply';
  readonly at: number;
  /** How long it may take. */
  readonly limitMS: number;
  readonly known?: TopologyVersion;
  readonly maxAwaitTimeMS?: number;
}

/** One monitoring connection to a server that tells by itself: a test says when, and what. */
export class FakeStream {
  readonly questions: Question[] = [];
  open = false;
  moreToCome = false;
  readonly #runtime: VirtualRuntime;
  #pending: Deferred<Document> | undefined;

  constructor(runtime: VirtualRuntime) {
    this.#runtime = runtime;
  }

  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  get kinds(): readonly string[] {
    return this.questions.map(({ kind }) => kind);
  }

  /** Answers the question that is pending. */
  async answer(outcome: Document | Error, { moreToCome = false } = {}): Promise<void> {
    if (this.#pending === undefined) throw new Error('Nothing was asked on this connection');
    this.moreToCome = moreToCome;
    if (outcome instanceof Error) this.#pending.reject(outcome);
    else this.#pending.resolve(outcome);
    await this.#runtime.settle();
  }

  async connect(deadline: Deadline): Promise<MonitorConnection> {
    const hello = await this.#ask({ kind: 'handshake' }, deadline);
    const isMoreToCome = (): boolean => this.moreToCome;
    this.open = true;
    return {
      takeHello: () => hello,
      handshakeMS: 1,
      get moreToCome() {
        return isMoreToCome();
      },
      check: (next) => this.#ask({ kind: 'check' }, next),
      watch: (known, maxAwaitTimeMS, next) => this.#ask({ kind: 'watch', known, maxAwaitTimeMS }, next),
      nextReply: (next) => this.#ask({ kind: 'nextReply' }, next),
      destroy: () => {
        this.open = false;
        this.#pending?.reject(new Error('The connection was destroyed'));
      },
    };
  }

  async #ask(question: Omit<Question, 'at' | 'limitMS'>, deadline: Deadline): Promise<Document> {
    const at = this.#runtime.now();
    this.questions.push({ ...question, at, limitMS: deadline.expiresAt - at });
    const pending = deferred<Document>();
    this.#pending = pending;
    const stop = watchDeadline(deadline, this.#runtime, pending.reject, false);
    try {
      return await pending.promise;
    } finally {
      stop();
      if (this.#pending === pending) this.#pending = undefined;
    }
  }
}

/** All monitoring connections, in the order in which they were opened. */
export class FakeStreams {
  readonly connections: FakeStream[] = [];
  readonly #runtime: VirtualRuntime;

  constructor(runtime: VirtualRuntime) {
    this.#runtime = runtime;
  }

  readonly connect = (_address: string, deadline: Deadline): Promise<MonitorConnection> => {
    const stream = new FakeStream(this.#runtime);
    this.connections.push(stream);
    return stream.connect(deadline);
  };

  /** By the order of their opening, from 0. */
  at(index: number): FakeStream {
    const stream = this.connections[index];
    if (stream === undefined)
      throw new Error(`Only ${String(this.connections.length)} connections were opened`);
    return stream;
  }

  get open(): number {
    return this.connections.filter(({ open }) => open).length;
  }
}
