import { isAsyncMongoError } from '../../lib/core/errors/predicates.js';
import type { Document } from '../../lib/bson/document.js';
import type { ResumeTokenStore } from '../../lib/cursors/resume-token-store.js';
import type { StreamRecord } from './invariants/stream-watch.js';
import type { WatcherPlan } from './schedule.js';
import type { SimulatedClient } from './simulated-client.js';
import type { World } from './world.js';

/** Between the failure of a stream and the next one. */
const PAUSE_MS = 2_000;

const tokenText = (token: Document): string => String(token['_data']);

/** The program that reads one change stream; it begins anew where its stream failed, or where it is made to. */
export class Watcher {
  readonly record: StreamRecord;
  readonly client: SimulatedClient;
  readonly #world: World;
  readonly #plan: WatcherPlan;
  #token: Document | undefined;
  /** Ends the present stream. */
  #end: (() => void) | undefined;
  #isStopped = false;

  constructor(world: World, record: StreamRecord, plan: WatcherPlan, client: SimulatedClient) {
    this.#world = world;
    this.record = record;
    this.#plan = plan;
    this.client = client;
  }

  async play(): Promise<void> {
    const { client, record } = this;
    for (const atMS of this.#plan.restartsMS) void client.sleep(atMS).then(() => this.#end?.());
    await client.sleep(this.#plan.startMS);
    while (!this.#isOver) {
      record.beginAnew();
      try {
        await this.#read();
      } catch (error) {
        this.#note(error instanceof Error ? `${error.name} ${error.message}` : String(error));
        if (!isAsyncMongoError(error))
          this.#world.judge.complain('errors of its own', `${record.name}: ${String(error)}`);
      }
      if (!this.#isOver) await client.sleep(PAUSE_MS);
    }
    record.isOver = true;
  }

  /** To be called when everything has happened. */
  stop(): void {
    this.#isStopped = true;
    this.#end?.();
  }

  get #isOver(): boolean {
    return this.#isStopped || this.client.isClosed;
  }

  async #read(): Promise<void> {
    const { record } = this;
    const { batchSize, maxAwaitTimeMS } = this.#plan;
    const database = this.client.client.db('simulation');
    const stream = await database.watch([], { batchSize, maxAwaitTimeMS, tokenStore: this.#store });
    this.#end = () => void stream.close();
    try {
      const { resumeToken } = stream;
      if (resumeToken !== undefined) this.#keep(resumeToken);
      record.start ??= record.stored;
      this.#note(`watches from ${String(record.stored)}`);
      if (this.#isOver) return;
      for await (const event of stream) {
        record.given.push(tokenText((event as { readonly _id: Document })._id));
        this.#note(`${event.operationType} ${record.given.at(-1)!}`);
      }
    } finally {
      this.#end = undefined;
      await stream.close();
    }
  }

  readonly #store: ResumeTokenStore = {
    load: () => this.#token,
    save: (token) => this.#keep(token),
  };

  #keep(token: Document): void {
    this.#token = token;
    this.record.stored = tokenText(token);
  }

  #note(text: string): void {
    this.#world.log.note(`${this.record.name}: ${text}`);
  }
}
