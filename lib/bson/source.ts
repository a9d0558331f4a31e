import { types } from 'node:util';

/** Bytes to read from, and how far reading has come. */
export interface Source {
  readonly bytes: Buffer;
  /** The same bytes as `bytes`. */
  readonly view: DataView;
  /** Set by each reading function to the byte after what it read. */
  position: number;
}

export const sourceOf = (bytes: Uint8Array): Source => {
  if (!types.isUint8Array(bytes)) throw new TypeError('BSON is read from a Uint8Array');
  const { buffer, byteOffset, byteLength } = bytes;
  return {
    bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.from(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
    position: 0,
  };
};
