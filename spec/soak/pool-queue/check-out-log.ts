import { tracingChannel } from 'node:diagnostics_channel';
import type { AsyncMongoClient, CheckOutTrace } from '../../../lib/index.js';

interface Entry {
  readonly askedAt: number;
  /** `NaN` until then. */
  gotAt: number;
  keptFor: number;
}

/** What became of each check-out of a client, in the order in which they were asked for. */
export class CheckOutLog {
  readonly entries: Entry[] = [];
  /** How many got a connection before somebody who had asked earlier. */
  overtakings = 0;
  readonly #places = new Map<object, number>();
  readonly #inUse = new Map<number, Entry>();
  #latest = -1;

  constructor(client: AsyncMongoClient) {
    tracingChannel<CheckOutTrace, CheckOutTrace>('asyncmongo:checkout').subscribe({
      start: (context) => {
        this.#places.set(context, this.entries.length);
        this.entries.push({ askedAt: performance.now(), gotAt: NaN, keptFor: NaN });
      },
      asyncStart: (context) => this.#got(context),
      end: () => undefined,
      asyncEnd: () => undefined,
      error: () => undefined,
    });
    client.on('connectionCheckedIn', ({ connectionId }) => {
      const entry = this.#inUse.get(connectionId);
      if (entry !== undefined) entry.keptFor = performance.now() - entry.gotAt;
    });
  }

  #got(context: CheckOutTrace): void {
    const place = this.#places.get(context) as number;
    this.#places.delete(context);
    if (place < this.#latest) this.overtakings += 1;
    this.#latest = Math.max(this.#latest, place);
    const entry = this.entries[place] as Entry;
    entry.gotAt = performance.now();
    this.#inUse.set(context.driverConnectionId as number, entry);
  }
}
