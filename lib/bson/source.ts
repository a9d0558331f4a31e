import { types } from 'node:util';

/** Bytes to read from, and how far reading has come. */
export interface Source {
  readonly bytes: Buffer;
  /** The same bytes as `bytes`. */
  readonly view: DataView;
  /** Set by each reading function to the byte after what it read. */
  position: number;
  /** A stretch of the bytes as Latin-1, from which short ASCII texts are cut. */
  window: string;
  windowStart: number;
  windowEnd: number;
}

/** Bytes as a `Buffer`, without a copy. */
export const bufferOf = (bytes: Uint8Array): Buffer => {
  if (Buffer.isBuffer(bytes)) return bytes;
  if (!types.isUint8Array(bytes)) throw new TypeError('BSON is read from a Uint8Array');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const sourceOf = (bytes: Uint8Array): Source => ({
  bytes: bufferOf(bytes),
  view: viewOf(bytes),
  position: 0,
  window: '',
  windowStart: 0,
  windowEnd: 0,
});
