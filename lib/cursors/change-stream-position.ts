import { decodeDocument } from '../bson/decoder.js';
import type { Document } from '../bson/document.js';
import { ElementType } from '../bson/element-types.js';
import { findElement, readDocumentBytes } from '../bson/raw-reader.js';
import type { Timestamp } from '../bson/values.js';
import type { ChangeStreamStart } from '../operations/change-stream.js';
import type { CursorReply } from '../operations/cursor-reply.js';

const NOTHING = new Uint8Array(0);

/**
 * How far a stream's reader has come in the log, and where a new cursor would have to begin so that no event is missed
 * (change streams specification, "Updating the Cached Resume Token" and "Resume Process"). Tokens of events are noted as
 * places in the bytes of their batch; they become documents when somebody asks.
 */
export class ChangeStreamPosition {
  readonly #start: ChangeStreamStart;
  #operationTime: Timestamp | undefined;
  #reply: CursorReply | undefined;
  /** `postBatchResumeToken` of the batch that is being read; bytes of its own. */
  #behindBatch: Uint8Array | undefined;
  /** The token: a document once decoded, else the document at `#at` of `#bytes`. */
  #token: Document | undefined;
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  #hasGivenEvents = false;
  #maxWireVersion = 0;

  constructor(start: ChangeStreamStart) {
    this.#start = start;
    this.#token = start.startAfter ?? start.resumeAfter;
    this.#operationTime = start.startAtOperationTime;
  }

  /** The place right behind everything that was handed out. */
  get token(): Document | undefined {
    if (this.#bytes !== NOTHING) {
      this.#token = decodeDocument(this.#bytes, undefined, this.#at) as Document;
      this.#bytes = NOTHING;
    }
    return this.#token;
  }

  /** Wire version of the server that answered last. */
  get maxWireVersion(): number {
    return this.#maxWireVersion;
  }

  /** Where a new cursor has to begin. */
  get resumeStart(): ChangeStreamStart {
    const { token } = this;
    if (token === undefined) {
      return this.#operationTime === undefined ? {} : { startAtOperationTime: this.#operationTime };
    }
    const behindInvalidate = this.#start.startAfter !== undefined && !this.#hasGivenEvents;
    return behindInvalidate ? { startAfter: token } : { resumeAfter: token };
  }

  /** A batch came. */
  received(reply: CursorReply): void {
    const { batch } = reply;
    const isFirst = this.#reply === undefined;
    this.#reply = reply;
    this.#maxWireVersion = reply.maxWireVersion;
    this.#behindBatch = postBatchResumeToken(reply);
    if (batch.remaining > 0) return;
    if (this.#behindBatch !== undefined) this.#setToken(this.#behindBatch, 0);
    else if (isFirst && this.#token === undefined) {
      this.#operationTime ??= reply.reply?.get('operationTime') as Timestamp | undefined;
    }
  }

  /** An event of the batch was handed out. False where it has no token: a stage of the pipeline took it away. */
  gaveEvent(): boolean {
    const { batch, reply } = this.#reply as CursorReply;
    const bytes = reply?.bytes ?? NOTHING;
    const at = tokenOffset(bytes, batch.start);
    if (at < 0) return false;
    this.#hasGivenEvents = true;
    if (batch.remaining > 0) this.#setToken(bytes, at);
    else this.#setToken(this.#behindBatch ?? copyOf(bytes, at), 0);
    return true;
  }

  #setToken(bytes: Uint8Array, at: number): void {
    this.#bytes = bytes;
    this.#at = at;
  }
}

/** Bytes of its own, so that a token does not keep its batch in memory. */
const copyOf = (bytes: Uint8Array, at: number): Uint8Array => new Uint8Array(readDocumentBytes(bytes, at));

/** Where the value of an event's `_id` starts; negative where that is no document. */
const tokenOffset = (bytes: Uint8Array, event: number): number => {
  const comesFirst =
    bytes[event + 4] === ElementType.Document &&
    bytes[event + 5] === 0x5f &&
    bytes[event + 6] === 0x69 &&
    bytes[event + 7] === 0x64 &&
    bytes[event + 8] === 0;
  if (comesFirst) return event + 9;
  const id = findElement(bytes, event, '_id');
  return id?.type === ElementType.Document ? id.valueOffset : -1;
};

const postBatchResumeToken = ({ reply }: CursorReply): Uint8Array | undefined => {
  const cursor = reply?.getDocumentBytes('cursor');
  const token = cursor && findElement(cursor, 0, 'postBatchResumeToken');
  if (cursor === undefined || token?.type !== ElementType.Document) return undefined;
  return copyOf(cursor, token.valueOffset);
};
