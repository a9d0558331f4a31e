import { deserialize, type DeserializeOptions, type Document } from 'bson';

/** Keeps every numeric and regular-expression type apart, as comparison and storage need it. */
export const FAITHFUL: DeserializeOptions = Object.freeze({
  promoteValues: false,
  bsonRegExp: true,
  allowObjectSmallerThanBufferSize: true,
  validation: { utf8: false },
});

/**
 * One BSON document as bytes, decoded when somebody asks. In a reply its bytes are spliced in as they are, so what a
 * client stored comes back byte for byte.
 */
export class RawDocument {
  readonly bytes: Uint8Array;
  #decoded: Document | undefined;

  constructor(bytes: Uint8Array, decoded?: Document) {
    this.bytes = bytes;
    this.#decoded = decoded;
  }

  /** The decoded form, made once: Int32, Double and Long stay apart. Treat it as frozen. */
  get document(): Document {
    this.#decoded ??= deserialize(this.bytes, FAITHFUL);
    return this.#decoded;
  }
}
