import { BatchDecoder, decodeDocument } from '../bson/decoder.js';
import { DEFAULT_CODEC_OPTIONS, type CodecOptions } from '../bson/codec-options.js';
import type { Document } from '../bson/document.js';

/** One reply of a server. Fields are read from the bytes when asked for; documents are decoded by whoever wants them. */
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
    this.ok = true;
  }

  has(_key: string): boolean {
    return false;
  }

  /** The value of a top level field, decoded with the default codec options; `undefined` where the field is absent. */
  get(_key: string): unknown {
    return undefined;
  }

  /** A number of any BSON type as a JavaScript number. */
  getNumber(_key: string): number | undefined {
    return undefined;
  }

  getString(_key: string): string | undefined {
    return undefined;
  }

  /** The bytes of an embedded document or array at the top level, without a copy. */
  getDocumentBytes(_key: string): Uint8Array | undefined {
    return undefined;
  }

  /** The reply document. */
  decode(codecOptions: CodecOptions = DEFAULT_CODEC_OPTIONS): Document {
    return decodeDocument(this.bytes, codecOptions, this.bodyOffset) as Document;
  }

  /** The batch of the cursor in this reply, decoded as it is walked; `undefined` where the reply holds none. */
  cursorBatch(_field: 'firstBatch' | 'nextBatch', codecOptions: CodecOptions): BatchDecoder | undefined {
    return new BatchDecoder(this.bytes, 0, codecOptions);
  }
}
