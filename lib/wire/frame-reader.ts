/**
 * Cuts a byte stream into messages. Chunks are only lent: each byte is copied once, into the frame it belongs to.
 */
export class FrameReader {
  constructor(_onFrame: (frame: Uint8Array) => void, _maxMessageSize: () => number) {}

  /** Throws `ProtocolError` where a length cannot be right, before anything is allocated for it. */
  push(_chunk: Uint8Array): void {}
}
