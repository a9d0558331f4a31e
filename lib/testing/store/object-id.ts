import { ObjectId } from 'bson';
import type { Runtime } from '../../core/runtime.js';

/** Makes ObjectIds out of the runtime's clock and chance. */
export class ObjectIdGenerator {
  readonly #runtime: Runtime;
  readonly #process: Uint8Array;
  #counter: number;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#process = runtime.randomBytes(5);
    this.#counter = Math.floor(runtime.random() * 0x1000000);
  }

  next(): ObjectId {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt32BE(Math.floor(this.#runtime.wallClock() / 1000) >>> 0, 0);
    bytes.set(this.#process, 4);
    this.#counter = (this.#counter + 1) & 0xffffff;
    bytes.writeUIntBE(this.#counter, 9, 3);
    return new ObjectId(bytes);
  }
}
