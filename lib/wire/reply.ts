import { InvalidBSON } from '../core/errors/bson.js';
import type { CodecOptions } from '../bson/codec-options.js';
import { BatchDecoder, decodeDocument } from '../bson/decoder.js';
import { DEFAULT_PLAN } from '../bson/decode-plan.js';
import type { Document } from '../bson/document.js';
import { ElementType } from '../bson/element-types.js';
import { readValue } from '../bson/plain-decoder.js';
import { documentSize, findElement, readDocumentBytes, readNumber, valueSize } from '../bson/raw-reader.js';
import { sourceOf } from '../bson/source.js';

/**
 * One reply of a server. The top level of its document is scanned once, which finds every field and proves the
 * structure; values are read from the bytes when asked for, and documents are decoded by whoever wants them.
 */
export class Reply {
  /** The whole message, owned by this reply. */
  readonly bytes: Uint8Array;
  /** Where the reply document starts in `bytes`. */
  readonly bodyOffset: number;
  readonly requestId: number;
  readonly responseTo: number;
  /** More replies to the same request follow without a further request. */
  readonly moreToCome: boolean;
  /** The field `ok` is 1. */
  readonly ok: boolean;

  /** Start of the key and start of the value of each top level element: the key ends one byte before the value. */
  readonly #elements: readonly number[];

  /** Throws `InvalidBSON` where the bytes are no document at the top level. */
  constructor(
    bytes: Uint8Array,
    bodyOffset: number,
    requestId: number,
    responseTo: number,
    moreToCome: boolean,
  ) {
    this.bytes = bytes;
    this.bodyOffset = bodyOffset;
    this.requestId = requestId;
    this.responseTo = responseTo;
    this.moreToCome = moreToCome;
    this.#elements = scan(bytes, bodyOffset);
    this.ok = this.#isOk();
  }

  /** Keys are compared as ASCII: every field the driver reads has such a name. */
  has(key: string): boolean {
    return this.#find(key) !== 0;
  }

  /** The value of a top level field, decoded with the default codec options; `undefined` where the field is absent. */
  get(key: string): unknown {
    const at = this.#find(key);
    if (at === 0) return undefined;
    return readValue(sourceOf(this.bytes), DEFAULT_PLAN, this.#typeOf(key, at), at, this.#end(), 0);
  }

  /** A number of any BSON type as a JavaScript number; `undefined` where the field is absent or no number. */
  getNumber(key: string): number | undefined {
    const at = this.#find(key);
    return at === 0 ? undefined : readNumber(this.bytes, this.#typeOf(key, at), at);
  }

  /** The text of a string field; `undefined` where the field is absent or no string. */
  getString(key: string): string | undefined {
    const value = this.get(key);
    return typeof value === 'string' ? value : undefined;
  }

  /** The bytes of an embedded document or array at the top level, as a view; `undefined` where there is none. */
  getDocumentBytes(key: string): Uint8Array | undefined {
    const at = this.#findDocument(key);
    return at === 0 ? undefined : readDocumentBytes(this.bytes, at);
  }

  /** The reply document. */
  decode(codecOptions?: CodecOptions): Document {
    return decodeDocument(this.bytes, codecOptions, this.bodyOffset) as Document;
  }

  /** The batch of the cursor in this reply, decoded as it is walked; `undefined` where the reply holds none. */
  cursorBatch(field: 'firstBatch' | 'nextBatch', codecOptions?: CodecOptions): BatchDecoder | undefined {
    const cursor = this.#findDocument('cursor');
    if (cursor === 0) return undefined;
    const batch = findElement(this.bytes, cursor, field);
    if (batch?.type !== ElementType.Array) return undefined;
    return new BatchDecoder(this.bytes, batch.valueOffset, codecOptions);
  }

  /** Where the value of a top level field starts; 0 where the field is absent. */
  #find(key: string): number {
    const elements = this.#elements;
    const { bytes } = this;
    for (let index = 0; index < elements.length; index += 2) {
      const keyStart = elements[index] as number;
      const valueStart = elements[index + 1] as number;
      if (valueStart - keyStart - 1 === key.length && isKey(bytes, keyStart, key)) return valueStart;
    }
    return 0;
  }

  #findDocument(key: string): number {
    const at = this.#find(key);
    if (at === 0) return 0;
    const type = this.#typeOf(key, at);
    return type === ElementType.Document || type === ElementType.Array ? at : 0;
  }

  #typeOf(key: string, valueStart: number): number {
    return this.bytes[valueStart - key.length - 2] as number;
  }

  #end(): number {
    return this.bodyOffset + documentSize(this.bytes, this.bodyOffset) - 1;
  }

  #isOk(): boolean {
    const at = this.#find('ok');
    if (at === 0) return false;
    const { bytes } = this;
    const type = this.#typeOf('ok', at);
    // Servers send the double 1.0: its only non-zero bytes are the two highest.
    if (type === ElementType.Double && bytes[at + 7] === 0x3f && bytes[at + 6] === 0xf0) return true;
    return type === ElementType.Boolean ? bytes[at] === 1 : readNumber(bytes, type, at) === 1;
  }
}

const isKey = (bytes: Uint8Array, start: number, key: string): boolean => {
  for (let index = 0; index < key.length; index += 1) {
    if (bytes[start + index] !== key.charCodeAt(index)) return false;
  }
  return true;
};

const scan = (bytes: Uint8Array, bodyOffset: number): number[] => {
  const end = bodyOffset + documentSize(bytes, bodyOffset) - 1;
  const elements: number[] = [];
  let at = bodyOffset + 4;
  while (at < end) {
    const type = bytes[at] as number;
    const keyStart = at + 1;
    let valueStart = keyStart;
    // Keys are a few bytes long: a search by `indexOf` costs more than it saves.
    while (valueStart < end && bytes[valueStart] !== 0) valueStart += 1;
    valueStart += 1;
    at = valueStart + valueSize(bytes, type, valueStart, end);
    elements.push(keyStart, valueStart);
  }
  if (at !== end) {
    throw new InvalidBSON('an element reaches beyond the end of the reply', { offset: at - bodyOffset });
  }
  return elements;
};
