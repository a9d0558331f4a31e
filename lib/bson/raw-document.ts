import { types } from 'node:util';
import { InvalidBSON } from '../core/errors/bson.js';
import { RAW_DOCUMENT, type CodecOptions } from './codec-options.js';
import { planOf } from './decode-plan.js';
import { defineField, type Document } from './document.js';
import { locateFault } from './locate-fault.js';
import { readValue } from './plain-decoder.js';
import { documentSize, findElement, forEachElement } from './raw-reader.js';
import { sourceOf } from './source.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * A document as the bytes it is stored in. Fields are decoded when they are asked for. Sent as it is wherever a
 * document is accepted: the same bytes, with no `_id` added.
 */
export class RawBSONDocument {
  static {
    Object.defineProperty(this.prototype, RAW_DOCUMENT, { value: true });
  }

  /** Exactly one BSON document. Not to be changed. */
  readonly raw: Uint8Array;
  readonly #codecOptions: CodecOptions | undefined;

  /** Takes the bytes without a copy; throws `InvalidBSON` where they are not framed as one document. */
  constructor(raw: Uint8Array, codecOptions?: CodecOptions) {
    if (!types.isUint8Array(raw))
      throw new TypeError('RawBSONDocument takes the bytes of a document, a Uint8Array');
    if (documentSize(raw, 0) !== raw.length) {
      throw new InvalidBSON('there are bytes behind the end of the document', {
        offset: documentSize(raw, 0),
      });
    }
    this.raw = raw;
    this.#codecOptions = codecOptions;
  }

  /** The value of a top-level field, or `undefined`; embedded documents are decoded whole. */
  get(key: string): unknown {
    const element = findElement(this.raw, 0, key);
    return element === undefined ? undefined : this.#read(element.type, element.valueOffset);
  }

  has(key: string): boolean {
    return findElement(this.raw, 0, key) !== undefined;
  }

  /** Top-level keys in stored order. */
  keys(): string[] {
    const { raw } = this;
    const keys: string[] = [];
    const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    forEachElement(raw, 0, (_type, start, end) => {
      keys.push(text.toString('utf8', start, end));
    });
    return keys;
  }

  /** All fields, decoded. */
  toObject(): Document {
    const document: Document = {};
    for (const key of this.keys()) defineField(document, key, this.get(key));
    return document;
  }

  #read(type: number, at: number): unknown {
    const source = sourceOf(this.raw);
    try {
      return readValue(source, planOf(this.#codecOptions), type, at, this.raw.length - 1, 1);
    } catch (error) {
      throw error instanceof InvalidBSON ? locateFault(error, source.bytes, 0) : error;
    }
  }

  [INSPECT](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    return `RawBSONDocument(${inspect(this.toObject(), options)})`;
  }
}
