import { decodeDoc } from '../query/bson-reader.js';
import type { Doc } from '../query/value.js';

/**
 * One BSON document as bytes, decoded when somebody asks. In a reply its bytes are spliced in as they are, so what a
 * client stored comes back byte for byte. The bytes of a request are a view of its message: copy what outlives it.
 */
export class RawDocument {
  readonly bytes: Uint8Array;
  #doc: Doc | undefined;

  constructor(bytes: Uint8Array, doc?: Doc) {
    this.bytes = bytes;
    this.#doc = doc;
  }

  /** The decoded form, made once; not to be changed. */
  get doc(): Doc {
    this.#doc ??= decodeDoc(this.bytes);
    return this.#doc;
  }
}
