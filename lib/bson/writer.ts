const INITIAL_SIZE = 1024;

/**
 * A growing buffer with a position. Callers that write many small values call `ensure` once with a bound and then
 * use `buffer` and `view` directly; both are replaced when the buffer grows.
 */
export class BsonWriter {
  buffer: Buffer;
  /** The same bytes as `buffer`. */
  view: DataView;
  /** Where the next byte goes. */
  position = 0;

  constructor(size = INITIAL_SIZE) {
    this.buffer = Buffer.allocUnsafeSlow(size);
    this.view = viewOf(this.buffer);
  }

  /** Makes room for `extra` bytes from the position on. */
  ensure(extra: number): void {
    if (this.position + extra > this.buffer.length) this.#grow(this.position + extra);
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
    this.view = viewOf(grown);
  }

  writeByte(value: number): void {
    this.ensure(1);
    this.buffer[this.position++] = value;
  }

  writeInt32(value: number): void {
    this.ensure(4);
    this.view.setInt32(this.position, value, true);
    this.position += 4;
  }

  writeInt64(value: bigint): void {
    this.ensure(8);
    this.view.setBigInt64(this.position, value, true);
    this.position += 8;
  }

  writeDouble(value: number): void {
    this.ensure(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  writeBytes(bytes: Uint8Array): void {
    this.ensure(bytes.length);
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
  }

  /** UTF-8 with a terminating zero byte. The caller has checked that the text holds no zero itself. */
  writeCString(text: string): void {
    this.ensure(text.length * 3 + 1);
    this.position += this.buffer.write(text, this.position, 'utf8');
    this.buffer[this.position++] = 0;
  }

  /** Overwrites four bytes written earlier: lengths are known only at the end. */
  setInt32(at: number, value: number): void {
    this.view.setInt32(at, value, true);
  }

  /** What has been written, as a view: valid until the next write. */
  take(): Buffer {
    return this.buffer.subarray(0, this.position);
  }

  reset(): void {
    this.position = 0;
  }
}

const viewOf = (buffer: Buffer): DataView => new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
