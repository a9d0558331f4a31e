import { InvalidBSON } from '../core/errors/bson.js';
import type { CodecOptions } from './codec-options.js';
import { planOf, type DecodePlan } from './decode-plan.js';
import { ElementType } from './element-types.js';
import { locateFault } from './locate-fault.js';
import { documentEnd, fault, readDocument } from './plain-decoder.js';
import { RawBSONDocument } from './raw-document.js';
import { readByShape, suitsShapes, stateOf, type State } from './shape-decoder.js';
import { copyBytes } from './value-readers.js';

/**
 * Decodes one document. Without an offset the bytes must be exactly one document; with one, the document at it is
 * decoded and may have other bytes behind it. What is returned keeps none of `bytes` in memory. Throws `InvalidBSON`
 * with path, byte offset within the document and `_id`.
 */
export const decodeDocument = (bytes: Uint8Array, codecOptions?: CodecOptions, offset?: number): unknown => {
  const plan = planOf(codecOptions);
  const source = stateOf(bytes, plan);
  const document = decodeAt(source, plan, offset ?? 0, source.bytes.length);
  if (offset === undefined && source.position !== source.bytes.length) {
    throw new InvalidBSON(
      `there are bytes behind the end of the document (byte ${String(source.position)})`,
      {
        offset: source.position,
      },
    );
  }
  return document;
};

const decodeAt = (source: State, plan: DecodePlan, at: number, limit: number): unknown => {
  try {
    if (plan.rawClass !== undefined) {
      const end = documentEnd(source, at, limit) + 1;
      source.position = end;
      return new plan.rawClass(copyBytes(source, at, end), plan.options);
    }
    return suitsShapes(plan) ? readByShape(source, at, limit) : readDocument(source, plan, at, limit, 0);
  } catch (error) {
    throw error instanceof InvalidBSON ? locateFault(error, source.bytes, at) : error;
  }
};

/**
 * Walks a BSON array of documents, such as a cursor's batch, and decodes each when it is asked for. A document that
 * cannot be decoded throws, and the next call goes on with the document behind it.
 */
export class BatchDecoder {
  readonly #source: State;
  readonly #plan: DecodePlan;
  readonly #end: number;
  #start = 0;
  #next: number;
  #remaining: number;

  constructor(bytes: Uint8Array, arrayOffset: number, codecOptions?: CodecOptions) {
    this.#plan = planOf(codecOptions);
    this.#source = stateOf(bytes, this.#plan);
    this.#end = documentEnd(this.#source, arrayOffset, bytes.length);
    this.#next = arrayOffset + 4;
    this.#remaining = this.#count();
  }

  /** How many documents have not been handed out. */
  get remaining(): number {
    return this.#remaining;
  }

  /** Where in the bytes the document starts that was handed out last; 0 before the first. */
  get start(): number {
    return this.#start;
  }

  /** The next document, decoded; `undefined` after the last. */
  next(): unknown {
    const at = this.#advance();
    return at === undefined ? undefined : decodeAt(this.#source, this.#plan, at, this.#next);
  }

  /** The next document as bytes of its own; `undefined` after the last. */
  nextRaw(): RawBSONDocument | undefined {
    const at = this.#advance();
    if (at === undefined) return undefined;
    return new RawBSONDocument(copyBytes(this.#source, at, this.#next), this.#plan.options);
  }

  #count(): number {
    let count = 0;
    for (let at = this.#next; at < this.#end; at = this.#documentAt(at).end) count++;
    return count;
  }

  #advance(): number | undefined {
    if (this.#remaining === 0) return undefined;
    const { start, end } = this.#documentAt(this.#next);
    this.#start = start;
    this.#next = end;
    this.#remaining--;
    return start;
  }

  #documentAt(element: number): { readonly start: number; readonly end: number } {
    const { bytes } = this.#source;
    if (bytes[element] !== ElementType.Document) fault('an element of the batch is not a document', element);
    const keyEnd = bytes.indexOf(0, element + 1);
    if (keyEnd < 0 || keyEnd >= this.#end) fault('a key does not end within its array', element);
    return { start: keyEnd + 1, end: documentEnd(this.#source, keyEnd + 1, this.#end) + 1 };
  }
}
