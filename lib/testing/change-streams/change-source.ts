import type { Timestamp } from 'bson';
import { CommandError } from '../command-error.js';
import { RawDocument } from '../net/raw-document.js';
import { equal } from '../query/bson-order.js';
import { encodeDoc } from '../query/bson-writer.js';
import { docText } from '../query/text.js';
import type { Doc } from '../query/value.js';
import type { ReplicationLog } from '../replication/replication-log.js';
import type { DocumentSource } from '../store/cursor.js';
import { changeEvents, type ChangeEvent, type EventContext } from './change-event.js';
import { comparePositions, highWater, resumeToken, type StreamPosition } from './resume-token.js';
import { splitEvent, wholeEvent, type Fragment } from './split-event.js';

export interface ChangeSourceOptions {
  readonly log: ReplicationLog;
  readonly events: EventContext;
  /** Up to when the log is what a majority has. */
  readonly committed: () => Timestamp;
  /** Calls `wake` when there may be more, until the returned function is called. */
  readonly onMore: (wake: () => void) => () => void;
  /** The stages behind `$changeStream`: what becomes of an event. */
  readonly stages: (events: Iterable<Doc>) => Iterable<Doc>;
  /** The last stage is `$changeStreamSplitLargeEvent`. */
  readonly splits: boolean;
  /** Events after this place are told. */
  readonly after: StreamPosition;
}

const historyLost = (): CommandError =>
  new CommandError(
    'ChangeStreamHistoryLost',
    'Resume of change stream was not possible, as the resume point may no longer be in the oplog.',
  );

/** The events of a change stream, read from the log as they are asked for. */
export class ChangeSource implements DocumentSource {
  readonly onMore: (wake: () => void) => () => void;
  readonly #options: ChangeSourceOptions;
  /** Index of the next entry of the log. */
  #index: number;
  #position: StreamPosition;
  #waiting: Fragment[] = [];
  #ended = false;

  /** Throws ChangeStreamHistoryLost where the log does not go back to the place where the stream is to begin. */
  constructor(options: ChangeSourceOptions) {
    const { log, after } = options;
    this.#options = options;
    this.onMore = options.onMore;
    this.#position = after;
    this.#index = log.indexOf(after.time);
    const first = log.at(log.range.from);
    if (log.range.from > 0 && first?.ts.greaterThan(after.time) === true) throw historyLost();
    if (after.kind !== 'high-water') this.#checkResumePoint();
  }

  get ended(): boolean {
    return this.#ended && this.#waiting.length === 0;
  }

  /** Where a stream that takes up from what was handed out has to begin. */
  get resumeToken(): Doc {
    return resumeToken(this.#position);
  }

  next(): RawDocument | undefined {
    for (;;) {
      const ready = this.#waiting.shift();
      if (ready !== undefined) {
        this.#position = ready.position;
        return new RawDocument(encodeDoc(ready.doc), ready.doc);
      }
      if (this.#ended) return undefined;
      if (!this.#readEntry()) return undefined;
    }
  }

  /** Takes the next entry of the log; false when there is none yet. */
  #readEntry(): boolean {
    const { log, committed, events, after } = this.#options;
    if (this.#index < log.range.from) {
      throw new CommandError(
        'CappedPositionLost',
        'CollectionScan died due to position in capped collection being deleted.',
      );
    }
    const entry = log.at(this.#index);
    if (entry === undefined || entry.ts.greaterThan(committed())) return false;
    this.#index += 1;
    for (const event of changeEvents(entry, events)) {
      this.#add(event);
      if (event.position.kind === 'invalidate' && comparePositions(event.position, after) > 0) {
        this.#ended = true;
        break;
      }
    }
    const passed = highWater(entry.ts);
    if (this.#waiting.length === 0 && comparePositions(passed, this.#position) > 0) this.#position = passed;
    return true;
  }

  #add({ position, doc }: ChangeEvent): void {
    const { after, splits, stages } = this.#options;
    // A token of a part stands before the other parts of its event.
    if (comparePositions(position, { ...after, fragment: 0 }) < 0) return;
    const begun = after.fragment > 0 && comparePositions(position, { ...after, fragment: 0 }) === 0;
    if (!begun && comparePositions(position, after) <= 0) return;
    for (const changed of stages([doc])) {
      this.#checkId(doc, changed);
      const parts = splits ? splitEvent(changed, position) : [{ position, doc: wholeEvent(changed) }];
      this.#waiting.push(...parts.filter((part) => comparePositions(part.position, after) > 0));
    }
  }

  #checkId(event: Doc, changed: Doc): void {
    const [expected, found] = [event.get('_id'), changed.get('_id')];
    if (found !== undefined && equal(expected, found)) return;
    throw new CommandError(
      'ChangeStreamFatalError',
      'Encountered an event whose _id field, which contains the resume token, was modified by the pipeline. Modifying the _id field of an event makes it impossible to resume the stream from that point. Only transformations that retain the unmodified _id field are allowed. ' +
        `Expected: ${docText([['_id', expected ?? null]])} but found: ${docText(found === undefined ? [] : [['_id', found]])}`,
    );
  }

  /** The event of a token must be one that the stream has. */
  #checkResumePoint(): void {
    const { log, after, events } = this.#options;
    const entry = log.at(this.#index);
    const found =
      entry?.ts.equals(after.time) === true &&
      changeEvents(entry, { ...events, lookUp: () => undefined }).some(
        ({ position }) => comparePositions(position, { ...after, fragment: 0 }) === 0,
      );
    if (found) return;
    throw new CommandError(
      'ChangeStreamFatalError',
      `cannot resume stream; the resume token was not found. ${docText(resumeToken(after))}`,
    );
  }
}
