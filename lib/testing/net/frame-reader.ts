/** Header (16 bytes) that every message of the protocol starts with. */
export const HEADER_SIZE = 16;

/** `maxMessageSizeBytes` of hello. */
export const MAX_MESSAGE_SIZE = 48_000_000;

/** Cuts a byte stream into messages. Chunks are only lent, so each message is copied, once. */
export class FrameReader {
  readonly #onFrame: (frame: Buffer) => void;
  readonly #lengthBytes = Buffer.alloc(4);
  #lengthFilled = 0;
  #frame: Buffer | undefined;
  #filled = 0;

  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws a RangeError where the stream announces an impossible length; the stream is of no use any more then. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame === undefined) {
        const taken = Math.min(4 - this.#lengthFilled, chunk.length - at);
        this.#lengthBytes.set(chunk.subarray(at, at + taken), this.#lengthFilled);
        this.#lengthFilled += taken;
        at += taken;
        if (this.#lengthFilled < 4) return;
        this.#begin(this.#lengthBytes.readInt32LE(0));
      }
      at += this.#fill(chunk, at);
    }
  }

  #begin(length: number): void {
    if (length < HEADER_SIZE || length > MAX_MESSAGE_SIZE) {
      throw new RangeError(`A message of ${String(length)} bytes is announced`);
    }
    this.#frame = Buffer.allocUnsafe(length);
    this.#frame.set(this.#lengthBytes, 0);
    this.#filled = 4;
    this.#lengthFilled = 0;
  }

  #fill(chunk: Uint8Array, at: number): number {
    const frame = this.#frame;
    if (frame === undefined) return 0;
    const taken = Math.min(frame.length - this.#filled, chunk.length - at);
    frame.set(chunk.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    if (this.#filled === frame.length) {
      this.#frame = undefined;
      this.#onFrame(frame);
    }
    return taken;
  }
}
