import { AsyncLocalStorage } from 'node:async_hooks';
import type { Runtime } from '../core/runtime.js';
import { Request } from './request.js';

/** A request as the flow that is in it knows it; `outer` is what the flow returns to. */
interface Scope {
  readonly request: Request;
  readonly outer: Scope | undefined;
  ended: boolean;
}

/** Ends one level of a request; ending it again does nothing. */
export interface RequestLevel {
  end(): void;
}

/**
 * The requests of one client, by flow: what an async function calls and awaits belongs to its flow, what runs beside it
 * does not. Requests nest: the connections are given back when the outermost level ends.
 */
export class Requests {
  readonly #runtime: Runtime;
  readonly #automatic: boolean;
  readonly #flow = new AsyncLocalStorage<Scope | undefined>();
  /** A flow that ends without a word leaves its scope to the garbage collector. */
  readonly #abandoned = new FinalizationRegistry<Request>((request) => {
    request.end();
  });
  #used = false;

  /** `automatic`: each flow is in a request from its first operation on (`autoStartRequest`). */
  constructor(runtime: Runtime, automatic: boolean) {
    this.#runtime = runtime;
    this.#automatic = automatic;
  }

  /** The request that an operation of the present flow belongs to. */
  forOperation(): Request | undefined {
    if (!this.#used && !this.#automatic) return undefined;
    const scope = this.#scope();
    if (scope !== undefined) return scope.request;
    return this.#automatic ? this.#enter().request : undefined;
  }

  get active(): boolean {
    return this.#scope() !== undefined;
  }

  /** Puts the rest of the present flow into a request. */
  start(): RequestLevel {
    const scope = this.#enter();
    return { end: () => this.#end(scope) };
  }

  /** Ends the innermost level of the present flow. Without effect outside of a request. */
  endInnermost(): void {
    const scope = this.#scope();
    if (scope !== undefined) this.#end(scope);
  }

  /** Runs `body` in a request that ends when its promise settles. */
  async run<T>(body: () => Promise<T>): Promise<T> {
    const scope = this.#makeScope();
    try {
      return await this.#flow.run(scope, body);
    } finally {
      this.#end(scope);
    }
  }

  /** No flow is in a request any more; to follow flows costs the whole process time for as long as anybody does. */
  forget(): void {
    this.#flow.disable();
    this.#used = false;
  }

  #scope(): Scope | undefined {
    let scope = this.#flow.getStore();
    while (scope !== undefined && (scope.ended || scope.request.ended)) scope = scope.outer;
    return scope;
  }

  #enter(): Scope {
    const scope = this.#makeScope();
    this.#flow.enterWith(scope);
    return scope;
  }

  #makeScope(): Scope {
    this.#used = true;
    const outer = this.#scope();
    const request = outer?.request ?? new Request(this.#runtime);
    const scope: Scope = { request, outer, ended: false };
    if (outer === undefined) this.#abandoned.register(scope, request);
    return scope;
  }

  #end(scope: Scope): void {
    scope.ended = true;
    if (scope.outer === undefined) scope.request.end();
  }
}
