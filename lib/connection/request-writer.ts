import { BsonWriter } from '../bson/writer.js';
import type { BytesSent } from '../core/errors/connection.js';
import type { Transport } from '../core/runtime.js';
import type { Command } from '../wire/command.js';
import { encodeLegacyHello } from '../wire/legacy-hello.js';
import { encodeCommand, type EncodeCommandOptions } from '../wire/op-msg.js';

/** A buffer that grew beyond this for one message is not kept for the next. */
const RETAINED_BUFFER_SIZE = 64 * 1024;

/** As many as connections are likely to be sending at a time; more are made and forgotten. */
const MOST_SPARE_BUFFERS = 32;

/** Buffers that no request is in, for whichever connection sends next: one that is idle needs none. */
const spareBuffers: BsonWriter[] = [];

/** The requests of one connection on their way out: one buffer and one write each. */
export class RequestWriter {
  /** What has left of the latest request. */
  bytesSent: BytesSent = 'none';
  readonly #transport: Transport;
  readonly #onFlushed: (error: Error | null | undefined) => void;
  /** Of the latest request, until the system has taken it. */
  #buffer: BsonWriter | undefined;
  /** Writes that the system has not taken completely. */
  #unflushed = 0;

  /** `onFlushed` runs after each request, with what `Transport.write` says of it. */
  constructor(transport: Transport, onFlushed: (error: Error | null | undefined) => void) {
    this.#transport = transport;
    this.#onFlushed = onFlushed;
  }

  /** All requests have been taken. */
  get isFlushed(): boolean {
    return this.#unflushed === 0;
  }

  /** Returns how many documents of the sequence the message carries. */
  encode(requestId: number, command: Command, options: EncodeCommandOptions): number {
    return encodeCommand(this.#emptyBuffer(), requestId, command, options);
  }

  encodeLegacyHello(requestId: number, body: Readonly<Record<string, unknown>>): void {
    encodeLegacyHello(this.#emptyBuffer(), requestId, body);
  }

  /** Hands what was encoded to the stream. Back-pressure needs no more: no other request follows before the reply. */
  send(): void {
    this.bytesSent = 'unknown';
    this.#unflushed += 1;
    this.#transport.write((this.#buffer as BsonWriter).take(), this.#onFlushed);
  }

  /** The system has taken a request completely. */
  flushed(): void {
    this.#unflushed -= 1;
    if (this.#unflushed === 0) this.#releaseBuffer();
    this.bytesSent = 'some';
  }

  /**
   * The one of an earlier request that could not be encoded, or a spare one. Where an answer came before the stream has let
   * go of the request, its buffer may still be read, and is left to the stream.
   */
  #emptyBuffer(): BsonWriter {
    const own = this.#unflushed === 0 ? this.#buffer : undefined;
    const buffer = (this.#buffer = own ?? spareBuffers.pop() ?? new BsonWriter());
    buffer.reset();
    return buffer;
  }

  #releaseBuffer(): void {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    if (buffer === undefined || buffer.buffer.length > RETAINED_BUFFER_SIZE) return;
    if (spareBuffers.length < MOST_SPARE_BUFFERS) spareBuffers.push(buffer);
  }
}
