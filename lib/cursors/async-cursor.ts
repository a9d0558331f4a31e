import { inspect } from 'node:util';
import type { Document } from '../bson/document.js';
import { operationDeadline } from '../core/deadline.js';
import { surface } from '../core/errors/surface.js';
import { NOT_CLONEABLE } from '../core/not-cloneable.js';
import { checkTimeout } from '../core/timeout.js';
import { explain, type ExplainOptions } from '../operations/explain.js';
import { checkFind, find, findBody, type FindCommandOptions } from '../operations/find.js';
import type { Namespace } from '../operations/namespace.js';
import { fullName } from '../operations/namespace.js';
import type { Sort, SortDirection } from '../operations/sort.js';
import { requireBatchSize, requireFresh } from './cursor-arguments.js';
import type { CursorCloseOptions } from './cursor-reaper.js';
import { checkCursorLimits } from './cursor-timeout.js';
import { CursorEngine, type CursorContext, type CursorPlan } from './cursor-engine.js';
import { cursorIterator } from './cursor-iterator.js';

export interface FindCursorOptions extends FindCommandOptions {
  /** Milliseconds the server waits for new documents on each getMore of a tailable awaitData cursor. */
  readonly maxAwaitTimeMS?: number | undefined;
}

/** What a find cursor is made of, besides its options. */
export interface FindSource {
  /** What it runs on; asked for when it is needed. */
  readonly use: () => CursorContext;
  readonly namespace: Namespace;
  readonly filter: object;
  /** Everything that the options of the command do not decide. */
  readonly plan: Omit<CursorPlan, 'operation' | 'getMore' | 'tailable' | 'awaitData'>;
}

/**
 * The documents that a `find` matches. Nothing is sent before the first document is asked for; until then the methods
 * that set options may be chained.
 *
 * ```ts
 * for await (const order of orders.find({ open: true }).sort({ due: 1 }).limit(10)) print(order);
 * ```
 */
export class AsyncCursor<T> implements AsyncIterable<T>, AsyncDisposable {
  /** @internal A symbol makes `structuredClone` fail, instead of giving an empty object. */
  readonly notCloneable = NOT_CLONEABLE;
  readonly #source: FindSource;
  #options: FindCursorOptions;
  #engine: CursorEngine<T>;

  /** @internal */
  constructor(source: FindSource, options: FindCursorOptions) {
    this.#source = source;
    this.#options = this.#checked(options);
    this.#engine = this.#start();
  }

  /** Whether a further call may give a document: false once the cursor is exhausted, closed or failed. */
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

  /** `database.collection`. */
  get namespace(): string {
    return fullName(this.#source.namespace);
  }

  /** Documents per batch, at least 0. Default: the server's, 101 and then as many as fit in 16 MiB. */
  batchSize(size: number): this {
    return this.#set({ batchSize: requireBatchSize(size) });
  }

  /** At most this many documents; 0 means all. A negative number asks for its absolute value in a single batch. */
  limit(count: number): this {
    return this.#set({ limit: count });
  }

  /** Leaves out the first documents. */
  skip(count: number): this {
    return this.#set({ skip: count });
  }

  /** The order: `sort('x')`, `sort('x', -1)`, `sort({x: 1, y: -1})` or `sort([['x', 1], ['y', -1]])`. */
  sort(order: Sort, direction?: SortDirection): this {
    return this.#set({
      sort: typeof order === 'string' && direction !== undefined ? [[order, direction]] : order,
    });
  }

  /** Which fields to return: `{field: 1}` or `{field: 0}`, `true` and `false` too. */
  projection(fields: Document): this {
    return this.#set({ projection: fields });
  }

  /** Name or key pattern of the index to use. */
  hint(index: string | Document): this {
    return this.#set({ hint: index });
  }

  /** Helps to find the query in logs and the profiler; also sent with each getMore to servers 4.4 and later. */
  comment(comment: unknown): this {
    return this.#set({ comment });
  }

  collation(collation: Document): this {
    return this.#set({ collation });
  }

  /** Milliseconds the server may spend; beyond them it fails the query with `ExecutionTimeout`. */
  maxTimeMS(ms: number): this {
    return this.#set({ maxTimeMS: ms });
  }

  /** Milliseconds the server waits for new documents on each getMore of a tailable awaitData cursor. */
  maxAwaitTimeMS(ms: number): this {
    return this.#set({ maxAwaitTimeMS: ms });
  }

  /** Inclusive lower bound of the index scan; needs `hint`. */
  min(bound: Document): this {
    return this.#set({ min: bound });
  }

  /** Exclusive upper bound of the index scan; needs `hint`. */
  max(bound: Document): this {
    return this.#set({ max: bound });
  }

  /** Return only the index keys. */
  returnKey(only = true): this {
    return this.#set({ returnKey: only });
  }

  /** Add `$recordId` to each document. */
  showRecordId(show = true): this {
    return this.#set({ showRecordId: show });
  }

  /** Let the server use files for a large sort. Servers 4.4 and later. */
  allowDiskUse(allow = true): this {
    return this.#set({ allowDiskUse: allow });
  }

  /** Switch the server's idle time-out of this cursor off; close it yourself then. */
  noCursorTimeout(off = true): this {
    return this.#set({ noCursorTimeout: off });
  }

  /** Routers: return what reachable shards have instead of an error. */
  allowPartialResults(allow = true): this {
    return this.#set({ allowPartialResults: allow });
  }

  /** Variables for aggregation expressions in the filter. Servers 5.0 and later. */
  let(variables: Document): this {
    return this.#set({ let: variables });
  }

  /** Stay open at the end of a capped collection; with `awaitData` the server waits a moment for new documents. */
  tailable(options: { readonly awaitData?: boolean } = {}): this {
    return this.#set({ tailable: true, awaitData: options.awaitData === true ? true : undefined });
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

  /** Ends the cursor and makes it as it was before anything was sent: the query can be changed and run again. */
  async rewind(options: CursorCloseOptions = {}): Promise<this> {
    checkTimeout(options.timeoutMS);
    const before = this.#engine;
    this.#engine = this.#start();
    await before.close(options);
    return this;
  }

  /** A cursor with the same query that has sent nothing yet. */
  clone(): AsyncCursor<T> {
    return new AsyncCursor<T>(this.#source, this.#options);
  }

  /** How the server would run the query. The `maxTimeMS` and `timeoutMS` given here bound the explanation. */
  async explain(
    options: ExplainOptions & {
      readonly signal?: AbortSignal | undefined;
      readonly timeoutMS?: number | null | undefined;
    } = {},
  ): Promise<Document> {
    const { use, namespace, filter, plan } = this.#source;
    const context = use();
    const signal = options.signal ?? plan.signal;
    const timeoutMS = options.timeoutMS === undefined ? plan.timeoutMS : options.timeoutMS;
    checkTimeout(timeoutMS);
    const { maxTimeMS: _queryLimit, ...query } = this.#options;
    try {
      return await context.executor.execute(explain(namespace, findBody(namespace, filter, query), options), {
        deadline: operationDeadline(context.runtime, timeoutMS, plan.inheritedTimeoutMS, signal),
        session: plan.session,
        readPreference: plan.readPreference,
        codecOptions: plan.codecOptions,
        given: plan.given,
      });
    } catch (error) {
      throw surface(error);
    }
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> & AsyncDisposable {
    return cursorIterator(this.#engine);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#engine.close();
  }

  [inspect.custom](): string {
    return `AsyncCursor(${this.namespace}, ${this.#engine.state})`;
  }

  #set(changes: FindCursorOptions): this {
    requireFresh(this.#engine);
    this.#options = this.#checked({ ...this.#options, ...changes });
    return this;
  }

  #checked(options: FindCursorOptions): FindCursorOptions {
    const { filter, plan } = this.#source;
    const { tailable = false, awaitData = false, maxAwaitTimeMS } = options;
    checkFind(filter, options);
    checkCursorLimits({ ...plan, tailable, awaitData }, { maxAwaitTimeMS, writesOutput: false });
    return options;
  }

  #start(): CursorEngine<T> {
    return new CursorEngine<T>(this.#source.use, () => this.#plan());
  }

  #plan(): CursorPlan {
    const { namespace, filter, plan } = this.#source;
    const { maxAwaitTimeMS, ...options } = this.#options;
    const { batchSize, comment, limit, tailable = false, awaitData = false } = options;
    return {
      ...plan,
      operation: find(namespace, filter, options),
      limit,
      getMore: { batchSize, comment, maxAwaitTimeMS: tailable && awaitData ? maxAwaitTimeMS : undefined },
      tailable,
      awaitData,
    };
  }
}
