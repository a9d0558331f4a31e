import { inspect } from 'node:util';
import { NOT_CLONEABLE } from '../core/not-cloneable.js';
import { checkTimeout } from '../core/timeout.js';
import type { CursorContext, CursorPlan } from './cursor-engine.js';
import { CursorEngine } from './cursor-engine.js';
import type { CursorCloseOptions } from './cursor-reaper.js';
import { requireBatchSize, requireFresh } from './cursor-arguments.js';
import { cursorIterator } from './cursor-iterator.js';

/**
 * The result of a command that answers with a cursor: `aggregate`, `listCollections`, `listIndexes` and the like. The
 * command is sent when the first document is asked for; a pipeline that ends in `$out` or `$merge` runs then, too.
 *
 * ```ts
 * for await (const document of collection.aggregate([{ $match: { x: 1 } }])) use(document);
 * ```
 */
export class AsyncCommandCursor<T> implements AsyncIterable<T>, AsyncDisposable {
  /** @internal A symbol makes `structuredClone` fail, instead of giving an empty object. */
  readonly notCloneable = NOT_CLONEABLE;
  readonly #engine: CursorEngine<T>;
  #batchSize: number | undefined;

  /** @internal */
  constructor(use: () => CursorContext, plan: CursorPlan) {
    this.#engine = new CursorEngine(use, () =>
      this.#batchSize === undefined
        ? plan
        : { ...plan, getMore: { ...plan.getMore, batchSize: this.#batchSize } },
    );
  }

  /** Whether a further call may give a document. */
  get alive(): boolean {
    return this.#engine.alive;
  }

  /** The server's number of the cursor; 0 where the server holds none. */
  get cursorId(): bigint {
    return this.#engine.cursorId;
  }

  /** `host:port` of the server that holds the cursor; `null` before the first command. */
  get address(): string | null {
    return this.#engine.address;
  }

  /** Documents per further batch, at least 0. Only before the first document was asked for. */
  batchSize(size: number): this {
    requireFresh(this.#engine);
    this.#batchSize = requireBatchSize(size);
    return this;
  }

  /** The next document, or `null` at the end. A cursor that failed repeats its failure. */
  next(): Promise<T | null> {
    return this.#engine.next();
  }

  /** The next document, or `null` where there is none at the moment; asks the server once at most. */
  tryNext(): Promise<T | null> {
    return this.#engine.tryNext();
  }

  /** Whether `next` would give a document. */
  hasNext(): Promise<boolean> {
    return this.#engine.hasNext();
  }

  /** All remaining documents, or at most `limit` of them. */
  toArray(limit?: number): Promise<T[]> {
    return this.#engine.toArray(limit);
  }

  /** Ends the cursor, on its server too. May be called again. */
  async close(options: CursorCloseOptions = {}): Promise<void> {
    checkTimeout(options.timeoutMS);
    await this.#engine.close(options);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> & AsyncDisposable {
    return cursorIterator(this.#engine);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#engine.close();
  }

  /** @internal Sends the command now, for methods that promise a cursor that works. */
  async open(): Promise<this> {
    await this.#engine.open();
    return this;
  }

  [inspect.custom](): string {
    return `AsyncCommandCursor(${this.#engine.state})`;
  }
}
