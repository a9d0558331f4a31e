import { ProtocolError } from '../core/errors/connection.js';
import { HEADER_SIZE, readInt32 } from './message-header.js';

const LENGTH_SIZE = 4;

/**
 * Cuts a byte stream into messages, however it is split. Chunks are only lent: each byte is copied once, into the
 * frame it belongs to, and a frame belongs to whoever receives it.
 */
export class FrameReader {
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #maxMessageSize: number;

  /** The frame being filled, and how far. */
  #frame: Buffer | undefined;
  #filled = 0;

  /** The length field so far, where the stream was cut inside it: its low bytes first. */
  #length = 0;
  #lengthBytes = 0;

  /** `maxMessageSize` in bytes, header included: a fact of the protocol, never a claim of the peer. */
  constructor(onFrame: (frame: Uint8Array) => void, maxMessageSize: number) {
    this.#onFrame = onFrame;
    this.#maxMessageSize = maxMessageSize;
  }

  /** Throws `ProtocolError` where a length cannot be right, before anything is allocated for it. */
  push(chunk: Uint8Array): void {
    const end = chunk.length;
    let at = 0;
    while (at < end) {
      let frame = this.#frame;
      if (frame === undefined) {
        if (this.#lengthBytes === 0 && end - at >= LENGTH_SIZE) {
          frame = this.#allocate(readInt32(chunk, at));
        } else {
          this.#length |= (chunk[at++] as number) << (8 * this.#lengthBytes++);
          if (this.#lengthBytes < LENGTH_SIZE) continue;
          const length = this.#length;
          frame = this.#allocate(length);
          frame.writeInt32LE(length, 0);
          this.#filled = LENGTH_SIZE;
          this.#length = 0;
          this.#lengthBytes = 0;
        }
        this.#frame = frame;
      }
      const missing = frame.length - this.#filled;
      const available = end - at;
      const size = available < missing ? available : missing;
      frame.set(size === end ? chunk : chunk.subarray(at, at + size), this.#filled);
      at += size;
      if (size < missing) {
        this.#filled += size;
        return;
      }
      this.#frame = undefined;
      this.#filled = 0;
      this.#onFrame(frame);
    }
  }

  #allocate(length: number): Buffer {
    const limit = this.#maxMessageSize;
    if (length <= HEADER_SIZE || length > limit) {
      throw new ProtocolError(
        `The peer announced a message of ${String(length)} bytes; a message has more than ${String(HEADER_SIZE)} and at most ${String(limit)}`,
      );
    }
    return Buffer.allocUnsafe(length);
  }
}
