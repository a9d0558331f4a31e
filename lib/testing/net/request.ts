import { CommandError } from '../command-error.js';
import { decodeDoc, findElement } from '../query/bson-reader.js';
import type { Doc } from '../query/value.js';
import type { Message } from './message.js';
import { RawDocument } from './raw-document.js';

const DOCUMENT = 0x03;
const ARRAY = 0x04;

/** The documents of the array whose bytes are `at` to `end`. */
const documentsOf = (bytes: Buffer, field: string, at: number, end: number): RawDocument[] => {
  const documents: RawDocument[] = [];
  let position = at + 4;
  while (position < end - 1) {
    if (bytes[position] !== DOCUMENT) {
      throw new CommandError(
        'TypeMismatch',
        `BSON field '${field}.${String(documents.length)}' is not an object`,
      );
    }
    const start = bytes.indexOf(0, position) + 1;
    position = start + bytes.readInt32LE(start);
    documents.push(new RawDocument(bytes.subarray(start, position)));
  }
  return documents;
};

/** A command as its implementation sees it: the request side of `Command.run`. */
export class Request {
  readonly name: string;
  readonly database: string;
  readonly body: Doc;
  readonly exhaustAllowed: boolean;
  readonly #bytes: Buffer;
  readonly #sequences: Message['sequences'];

  constructor(message: Message, name: string, database: string, body: Doc) {
    this.name = name;
    this.database = database;
    this.body = body;
    this.exhaustAllowed = message.exhaustAllowed;
    this.#bytes = message.body;
    this.#sequences = message.sequences;
  }

  raw(field: string): RawDocument | undefined {
    const value = this.body.get(field);
    if (!(value instanceof Map)) return undefined;
    const span = findElement(this.#bytes, field);
    return span?.type === DOCUMENT
      ? new RawDocument(this.#bytes.subarray(span.valueAt, span.end), value)
      : undefined;
  }

  sequence(field: string): readonly RawDocument[] | undefined {
    const sequence = this.#sequences?.get(field);
    if (sequence !== undefined) return sequence;
    const span = findElement(this.#bytes, field);
    if (span === undefined) return undefined;
    if (span.type !== ARRAY) throw new CommandError('TypeMismatch', `BSON field '${field}' is not an array`);
    return documentsOf(this.#bytes, field, span.valueAt, span.end);
  }
}

const LEGACY_WRAPPERS = ['$query', 'query'];

/** The command document of a message; an OP_QUERY may wrap it beside its read preference. */
export const readBody = (message: Message): Doc => {
  const body = decodeDoc(message.body);
  if (!message.legacy) return body;
  const [first] = body.keys();
  const inner = first !== undefined && LEGACY_WRAPPERS.includes(first) ? body.get(first) : undefined;
  if (!(inner instanceof Map)) return body;
  const preference = body.get('$readPreference');
  if (preference !== undefined) inner.set('$readPreference', preference);
  return inner;
};
