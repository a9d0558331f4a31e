import { deferred, type Deferred } from '../core/deferred.js';
import type { EventHub } from '../core/event-hub.js';
import type { TopologyDescription } from '../topology/description/topology-description.js';
import type { TopologyEvents } from '../topology/topology-events.js';

/** One change of what a client knows of its deployment. */
export interface TopologyChange {
  readonly previousDescription: TopologyDescription;
  readonly newDescription: TopologyDescription;
}

/** Changes that wait to be read, at most: later ones become one with the last of these. */
const MOST_KEPT = 64;

const END: IteratorResult<TopologyChange, undefined> = Object.freeze({ value: undefined, done: true });

/** The changes from now on, until the client closes or the reader leaves. The `newDescription` of one is the `previousDescription` of the next. */
class ChangeIterator implements AsyncIterator<TopologyChange, undefined> {
  readonly #unread: TopologyChange[] = [];
  readonly #readers: Deferred<IteratorResult<TopologyChange, undefined>>[] = [];
  readonly #release: () => void;
  /** What the newest change led to: later views that differ in nothing worth telling are passed over. */
  #latest: TopologyDescription | undefined;
  #ended = false;

  constructor(source: TopologyChangeSource) {
    const { events } = source;
    const onChange = (change: TopologyChange): void => this.#take(change);
    events.on('topologyDescriptionChanged', onChange);
    const forget = source.whenClosed(() => this.#end());
    this.#release = () => {
      events.off('topologyDescriptionChanged', onChange);
      forget();
    };
    try {
      source.begin();
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  next(): Promise<IteratorResult<TopologyChange, undefined>> {
    const value = this.#unread.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#ended) return Promise.resolve(END);
    const reader = deferred<IteratorResult<TopologyChange, undefined>>();
    this.#readers.push(reader);
    return reader.promise;
  }

  return(): Promise<IteratorResult<TopologyChange, undefined>> {
    this.#unread.length = 0;
    this.#end();
    return Promise.resolve(END);
  }

  #take({ previousDescription, newDescription }: TopologyChange): void {
    const value = Object.freeze({ previousDescription: this.#latest ?? previousDescription, newDescription });
    this.#latest = newDescription;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ value, done: false });
      return;
    }
    if (this.#unread.push(value) <= MOST_KEPT) return;
    const [before] = this.#unread.splice(-2) as [TopologyChange, TopologyChange];
    this.#unread.push(Object.freeze({ previousDescription: before.previousDescription, newDescription }));
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    for (const reader of this.#readers.splice(0)) reader.resolve(END);
  }
}

export interface TopologyChangeSource {
  readonly events: EventHub<TopologyEvents>;
  /** Has `listener` called once when the client has closed; the returned function takes it back. */
  readonly whenClosed: (listener: () => void) => () => void;
  /** Has servers looked for. Throws where the client is closed. */
  readonly begin: () => void;
}

/** Each loop over it begins with the changes of its own time. */
export const topologyChanges = (source: TopologyChangeSource): AsyncIterable<TopologyChange> => ({
  [Symbol.asyncIterator]: () => new ChangeIterator(source),
});
