import { InvalidDocument } from '../core/errors/bson.js';
import { DEFAULT_CODEC_OPTIONS, type CodecOptions, type UndefinedValues } from './codec-options.js';
import { MAX_DEPTH } from './element-types.js';
import { NO_ENTRY, type KeyEntry } from './key-entries.js';
import { BsonWriter } from './writer.js';

/** From this level on each level looks for itself among its parents: a cycle is found long before the bound of depth. */
const CYCLE_CHECK_DEPTH = 20;

const NO_WRITER = new BsonWriter(0);

/** The state of one encoding: where to write, how, and which element the encoder is at. */
export class EncodeContext {
  writer: BsonWriter = NO_WRITER;
  codecOptions: CodecOptions = DEFAULT_CODEC_OPTIONS;
  undefinedValues: UndefinedValues = 'omit';
  /** The key of the element, with what is known of it; below an array, that of the array. */
  entry: KeyEntry = NO_ENTRY;
  /** The key, where nothing is known of it. */
  key = '';
  /** The index of the element in its array; negative in a document. */
  index = -1;
  /** A codec's own result is being written. */
  inCustom = false;
  #prefix = '';
  /** How many keys and parents count. The arrays never shrink: they would need a new store at the next document. */
  #depth = 0;
  readonly #keys: string[] = [];
  readonly #parents: (object | undefined)[] = [];

  /** `prefix` is where the document itself stands, for messages: empty for a document of its own. */
  begin(writer: BsonWriter, codecOptions: CodecOptions, isFilter: boolean, prefix: string): void {
    this.writer = writer;
    this.codecOptions = codecOptions;
    this.undefinedValues = isFilter ? 'throw' : codecOptions.undefinedValues;
    this.#prefix = prefix;
    this.key = '';
    this.entry = NO_ENTRY;
    this.index = -1;
  }

  /** Forgets the document. */
  end(): void {
    this.writer = NO_WRITER;
    this.inCustom = false;
    if (this.#depth === 0) return;
    this.#depth = 0;
    this.#parents.fill(undefined);
  }

  /** Enters the document or array that is the value of the element. */
  enter(value: object): void {
    const depth = this.#depth;
    if (depth >= CYCLE_CHECK_DEPTH) {
      if (this.#parents.includes(value)) this.#failOnCycle(value);
      if (depth >= MAX_DEPTH) this.fail(`nested deeper than ${String(MAX_DEPTH)} levels`);
    }
    this.#keys[depth] = this.#elementKey();
    this.#parents[depth] = value;
    this.#depth = depth + 1;
    this.index = -1;
  }

  leave(): void {
    this.#parents[--this.#depth] = undefined;
    this.index = -1;
  }

  fail(reason: string, cause?: unknown): never {
    const path = [this.#prefix, ...this.#keys.slice(0, this.#depth), this.#elementKey()]
      .filter((part) => part !== '')
      .join('.');
    const message = path === '' ? `The document cannot be encoded: ${reason}` : `${path}: ${reason}`;
    throw new InvalidDocument(message, { path, ...(cause !== undefined && { cause }) });
  }

  #elementKey(): string {
    if (this.index >= 0) return String(this.index);
    return this.entry === NO_ENTRY ? this.key : this.entry.key;
  }

  /** Names the first place where the value comes round again. */
  #failOnCycle(value: object): never {
    const again = this.#parents.indexOf(value, this.#parents.indexOf(value) + 1);
    if (again > 0) {
      this.#depth = again;
      this.key = this.#keys[again] ?? '';
      this.entry = NO_ENTRY;
      this.index = -1;
    }
    this.fail('the value contains itself');
  }
}
