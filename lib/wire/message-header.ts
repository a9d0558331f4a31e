/** Layout of the header that starts each message, and the numbers in it (OP_MSG specification). */
export const HEADER_SIZE = 16;

export const OpCode = {
  reply: 1,
  query: 2004,
  compressed: 2012,
  msg: 2013,
} as const;

/**
 * `maxMessageSizeBytes` of every supported server, header included. No message from a server is longer; for messages to it
 * this holds until its hello reply tells its own.
 */
export const DEFAULT_MAX_MESSAGE_SIZE = 48_000_000;

/** The largest number a field of the header can hold. */
export const MAX_INT32 = 0x7fffffff;

export const readInt32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);

export const readUint32 = (bytes: Uint8Array, at: number): number => readInt32(bytes, at) >>> 0;

export interface MessageHeader {
  readonly length: number;
  readonly requestId: number;
  readonly responseTo: number;
  readonly opCode: number;
}

export const readHeader = (frame: Uint8Array): MessageHeader => ({
  length: readInt32(frame, 0),
  requestId: readInt32(frame, 4),
  responseTo: readInt32(frame, 8),
  opCode: readInt32(frame, 12),
});

/** Flag bits of OP_MSG. The lower sixteen must be understood by whoever receives the message. */
export const MessageFlag = {
  checksumPresent: 1,
  moreToCome: 2,
  exhaustAllowed: 1 << 16,
} as const;

export const SectionKind = { body: 0, sequence: 1 } as const;
