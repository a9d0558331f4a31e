import { InvalidDocument } from '../core/errors/bson.js';
import type { CodecOptions, UndefinedValues } from './codec-options.js';
import { MAX_DEPTH } from './element-types.js';
import type { BsonWriter } from './writer.js';

/** From this level on each level looks for itself among its parents: a cycle is found long before the bound of depth. */
const CYCLE_CHECK_DEPTH = 20;

/** The state of one encoding: where to write, how, and where in the document the encoder is. */
export class EncodeContext {
  writer: BsonWriter;
  codecOptions: CodecOptions;
  undefinedValues: UndefinedValues;
  /** Where the document itself stands, for messages: empty for a document of its own. */
  prefix: string;
  /** A codec's own result is being written. */
  inCustom = false;
  readonly #keys: string[] = [];
  readonly #parents: object[] = [];

  constructor(
    writer: BsonWriter,
    codecOptions: CodecOptions,
    undefinedValues: UndefinedValues,
    prefix: string,
  ) {
    this.writer = writer;
    this.codecOptions = codecOptions;
    this.undefinedValues = undefinedValues;
    this.prefix = prefix;
  }

  /** Starts with the document itself. */
  enterRoot(document: object): void {
    this.#parents.push(document);
  }

  /** Enters a nested document or array. */
  enter(key: string, value: object): void {
    const depth = this.#keys.length;
    if (depth >= CYCLE_CHECK_DEPTH) {
      if (this.#parents.includes(value)) this.#failOnCycle(value);
      if (depth >= MAX_DEPTH) this.fail(key, `nested deeper than ${String(MAX_DEPTH)} levels`);
    }
    this.#keys.push(key);
    this.#parents.push(value);
  }

  /** Names the first place where the value comes round again. */
  #failOnCycle(value: object): never {
    const again = this.#parents.indexOf(value, this.#parents.indexOf(value) + 1);
    if (again >= 0) this.#keys.length = again;
    return this.fail(this.#keys.pop() ?? '', 'the value contains itself');
  }

  leave(): void {
    this.#keys.pop();
    this.#parents.pop();
  }

  fail(key: string, reason: string, cause?: unknown): never {
    const path = [this.prefix, ...this.#keys, key].filter((part) => part !== '').join('.');
    const message = path === '' ? `The document cannot be encoded: ${reason}` : `${path}: ${reason}`;
    throw new InvalidDocument(message, { path, ...(cause !== undefined && { cause }) });
  }
}
