import { AsyncMongoError, type AsyncMongoErrorOptions } from './base.js';

export interface InvalidDocumentOptions extends AsyncMongoErrorOptions {
  /** Dotted path of the value at fault, for example `user.bornAt`. */
  readonly path?: string;
}

/** A value that has no BSON form. Nothing has been sent; the connection stays usable. */
export class InvalidDocument extends AsyncMongoError {
  static {
    this.prototype.name = 'InvalidDocument';
  }

  readonly path: string | undefined;

  constructor(message: string, options?: InvalidDocumentOptions) {
    super(message, 'invalid-document', 'ERR_INVALID_DOCUMENT', options);
    this.path = options?.path;
  }
}

export interface InvalidBSONOptions extends AsyncMongoErrorOptions {
  readonly path?: string;
  /** Byte offset of the fault within the document. */
  readonly offset?: number;
  /** The `_id` of the document, where it could be read. */
  readonly documentId?: unknown;
  readonly namespace?: string;
}

/** Bytes that are not a valid BSON document, or hold a value that the codec options cannot represent. */
export class InvalidBSON extends AsyncMongoError {
  static {
    this.prototype.name = 'InvalidBSON';
  }

  readonly path: string | undefined;
  readonly offset: number | undefined;
  readonly documentId: unknown;
  readonly namespace: string | undefined;

  constructor(message: string, options?: InvalidBSONOptions) {
    super(message, 'invalid-bson', 'ERR_INVALID_BSON', options);
    this.path = options?.path;
    this.offset = options?.offset;
    this.documentId = options?.documentId;
    this.namespace = options?.namespace;
  }
}
