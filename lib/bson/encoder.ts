import { types } from 'node:util';
import { DEFAULT_CODEC_OPTIONS, type CodecOptions } from './codec-options.js';
import { EncodeContext } from './encode-context.js';
import {
  beginDocument,
  endDocument,
  hasToBSON,
  isBuiltInValue,
  isRaw,
  nameOf,
  writeElement,
  writeFields,
} from './field-writer.js';
import { findEntry, NO_ENTRY, type KeyEntry } from './key-entries.js';
import { BsonWriter } from './writer.js';

export interface EncodeOptions {
  /** Default: `DEFAULT_CODEC_OPTIONS`. */
  readonly codecOptions?: CodecOptions | undefined;
  /** In a filter an `undefined` is an error: leaving it out would match more documents than was meant. */
  readonly undefinedIn?: 'document' | 'filter' | undefined;
  /** Where present, written first as `_id`; the document's own `_id` is skipped. */
  readonly id?: unknown;
  /** The document's own `_id` is written first. */
  readonly idFirst?: boolean | undefined;
  /** Where the document stands within a larger one, for messages. */
  readonly path?: string | undefined;
}

const NO_OPTIONS: EncodeOptions = Object.freeze({});
const { hasOwnProperty: hasOwn } = Object.prototype;
const { getPrototypeOf } = Object;

/**
 * Appends one BSON document. A document is an object of any class (its own enumerable string keys), a `Map`, or a
 * `RawBSONDocument`, whose bytes are copied. Throws `InvalidDocument` with the path of the value at fault; the writer
 * then stands where it stood.
 */
export const encodeInto = (
  writer: BsonWriter,
  document: unknown,
  options: EncodeOptions = NO_OPTIONS,
): void => {
  const context = idleContext ?? new EncodeContext();
  idleContext = undefined;
  const start = writer.position;
  context.begin(
    writer,
    options.codecOptions ?? DEFAULT_CODEC_OPTIONS,
    options.undefinedIn === 'filter',
    options.path ?? '',
  );
  try {
    writeRoot(context, document, options);
  } catch (error) {
    writer.position = start;
    throw error;
  } finally {
    context.end();
    idleContext = context;
  }
};

/** Kept for the next document. A `toBSON` method that encodes in turn finds none and makes one. */
let idleContext: EncodeContext | undefined;

let scratch: BsonWriter | undefined;
const SCRATCH_SIZE = 65_536;

/** Encodes one document into bytes of its own. */
export const encodeDocument = (document: unknown, options?: EncodeOptions): Uint8Array => {
  const writer = scratch ?? new BsonWriter(SCRATCH_SIZE);
  // A `toBSON` method may encode in turn: it then finds no scratch writer and makes one.
  scratch = undefined;
  writer.reset();
  try {
    encodeInto(writer, document, options);
    const bytes = Buffer.allocUnsafe(writer.position);
    bytes.set(new Uint8Array(writer.buffer.buffer, writer.buffer.byteOffset, writer.position));
    return bytes;
  } finally {
    if (writer.buffer.length <= SCRATCH_SIZE * 16) scratch = writer;
  }
};

/** What is known of the first keys of top-level documents. */
const ROOT_ENTRY: KeyEntry = { ...NO_ENTRY };

const writeRoot = (context: EncodeContext, value: unknown, options: EncodeOptions): void => {
  const document = hasToBSON(value) ? value.toBSON() : value;
  if (typeof document !== 'object' || document === null) {
    context.fail(`a document must be an object, not ${document === null ? 'null' : typeof document}`);
  }
  if (getPrototypeOf(document) !== Object.prototype) {
    if (isRaw(document)) {
      context.writer.writeBytes(document.raw);
      return;
    }
    if (Array.isArray(document) || isBuiltInValue(document)) {
      context.fail(`a document must be an object with fields, not ${nameOf(document)}`);
    }
  }
  const id = 'id' in options ? options.id : options.idFirst === true ? ownId(document) : undefined;
  const { writer } = context;
  const start = beginDocument(writer);
  if (id !== undefined) writeElement(context, '_id', findEntry('_id'), id);
  writeFields(context, document, ROOT_ENTRY, id === undefined ? undefined : '_id');
  endDocument(writer, start);
};

const ownId = (document: object): unknown =>
  types.isMap(document)
    ? document.get('_id')
    : hasOwn.call(document, '_id')
      ? (document as { _id?: unknown })._id
      : undefined;
