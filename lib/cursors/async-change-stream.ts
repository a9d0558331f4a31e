import { inspect } from 'node:util';
import type { Document } from '../bson/document.js';
import { NOT_CLONEABLE } from '../core/not-cloneable.js';
import { checkTimeout } from '../core/timeout.js';
import { ChangeStreamEngine, type ChangeStreamPlan } from './change-stream-engine.js';
import type { ChangeStreamState } from './change-stream-state.js';
import type { CursorContext } from './cursor-engine.js';
import type { CursorCloseOptions } from './cursor-reaper.js';

/**
 * The changes of a collection, a database or the whole deployment as they happen, each exactly once and in order.
 *
 * ```ts
 * await using changes = await orders.watch([{ $match: { operationType: 'insert' } }]);
 * for await (const change of changes) notify(change);
 * ```
 *
 * Where a server fails or steps down, the stream goes on at the next one from the event that was handed out last; the
 * reader notices a pause at most. What it cannot get over ends it with an error; from then on every call rejects. A
 * program that is to go on after a restart keeps `resumeToken`, or passes a `tokenStore`.
 *
 * Needs a replica set or routers, and read concern `majority` or none (change streams specification).
 */
export class AsyncChangeStream<TEvent> implements AsyncIterable<TEvent>, AsyncDisposable {
  /** @internal A symbol makes `structuredClone` fail, instead of giving an empty object. */
  readonly notCloneable = NOT_CLONEABLE;
  readonly #engine: ChangeStreamEngine<TEvent>;

  /** @internal */
  constructor(context: CursorContext, plan: ChangeStreamPlan) {
    this.#engine = new ChangeStreamEngine(context, plan);
  }

  /**
   * `live` while a cursor is open, `resuming` from the loss of one until the next is open, `closed` by `close()`,
   * `failed` after an error that was told to the reader. A fault is noticed when somebody asks for an event.
   */
  get state(): ChangeStreamState {
    return this.#engine.state;
  }

  /** When the fault happened that the stream is getting over, milliseconds since 1970; else `undefined`. */
  get resumingSince(): number | undefined {
    return this.#engine.resumingSince;
  }

  /** Whether further events may come. */
  get alive(): boolean {
    return this.state !== 'closed' && this.state !== 'failed';
  }

  /**
   * The place right behind the last event that was handed out, for `resumeAfter` or `startAfter` of another stream;
   * `undefined` before the server told any. It moves on while nothing happens: a program that keeps it from time to
   * time, not only after events, never has to scan old history (change streams specification, "Exposing All Resume
   * Tokens"). `tryNext` in a loop, or `onIdle`, gives the occasion.
   */
  get resumeToken(): Document | undefined {
    return this.#engine.token;
  }

  /**
   * The next event; waits until there is one.
   *
   * @throws ChangeStreamError where the history is lost or what was watched is gone; `reason` tells.
   * @throws InvalidOperation once the stream is closed, or has failed before.
   */
  next(): Promise<TEvent> {
    return this.#engine.next();
  }

  /** The next event, or `null` where the server has none within `maxAwaitTimeMS`: one round trip at most. */
  tryNext(): Promise<TEvent | null> {
    return this.#engine.tryNext();
  }

  /** Ends the stream, on its server too; a loop over it ends, a `next` that waits rejects. May be called again. */
  async close(options: CursorCloseOptions = {}): Promise<void> {
    checkTimeout(options.timeoutMS);
    await this.#engine.close(options);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TEvent, undefined> & AsyncDisposable {
    const engine = this.#engine;
    return {
      next: () => engine.step(),
      async return() {
        await engine.close();
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
      [Symbol.asyncDispose]: () => engine.close(),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#engine.close();
  }

  /** @internal */
  async open(): Promise<this> {
    await this.#engine.open();
    return this;
  }

  [inspect.custom](): string {
    return `AsyncChangeStream(${this.state})`;
  }
}
