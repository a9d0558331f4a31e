import { ProtocolError } from '../core/errors/connection.js';
import { crc32c } from './crc32c.js';
import {
  HEADER_SIZE,
  MessageFlag,
  OpCode,
  readHeader,
  readInt32,
  readUint32,
  SectionKind,
  type MessageHeader,
} from './message-header.js';
import { Reply } from './reply.js';

/** Flag bits 0 to 15 are required: a receiver that does not know one cannot have understood the message. */
const REQUIRED_FLAGS = 0xffff;
const KNOWN_FLAGS = MessageFlag.checksumPresent | MessageFlag.moreToCome;

/** OP_REPLY: flags, cursor id, starting from, number returned. */
const LEGACY_PREAMBLE = 20;
const LEGACY_COUNT = HEADER_SIZE + 16;

const CHECKSUM_SIZE = 4;

/** The smallest document: length and final zero. */
const SMALLEST_DOCUMENT = 5;

/**
 * Reads one whole message as a reply. Throws `ProtocolError` where it is none. Compressed messages enter here. An
 * OP_REPLY answers an OP_QUERY (`legacy`) and nothing else, an OP_MSG everything else.
 */
export const readReply = (frame: Uint8Array, legacy = false): Reply => {
  const header = readHeader(frame);
  if (header.opCode !== (legacy ? OpCode.reply : OpCode.msg)) {
    throw new ProtocolError(`The server sent a message with opcode ${String(header.opCode)} as a reply`);
  }
  return legacy ? readLegacyReply(frame, header) : readMessage(frame, header);
};

const replyAt = (
  frame: Uint8Array,
  bodyOffset: number,
  header: MessageHeader,
  moreToCome: boolean,
): Reply => {
  try {
    return new Reply(frame, bodyOffset, header.requestId, header.responseTo, moreToCome);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProtocolError(`The server's reply is not a BSON document: ${reason}`, { cause: error });
  }
};

const readMessage = (frame: Uint8Array, header: MessageHeader): Reply => {
  if (frame.length < HEADER_SIZE + 4 + 1 + SMALLEST_DOCUMENT)
    throw new ProtocolError('The reply is too short');
  const flags = readUint32(frame, HEADER_SIZE);
  const unknown = flags & REQUIRED_FLAGS & ~KNOWN_FLAGS;
  if (unknown !== 0)
    throw new ProtocolError(`The reply has unknown required flag bits 0x${unknown.toString(16)}`);
  let end = frame.length;
  if ((flags & MessageFlag.checksumPresent) !== 0) {
    end -= CHECKSUM_SIZE;
    const expected = readUint32(frame, end);
    const actual = crc32c(frame, 0, end);
    if (expected !== actual) {
      throw new ProtocolError(
        `The reply's checksum is 0x${expected.toString(16)}, that of its bytes 0x${actual.toString(16)}`,
      );
    }
  }
  const bodyOffset = findBody(frame, HEADER_SIZE + 4, end);
  return replyAt(frame, bodyOffset, header, (flags & MessageFlag.moreToCome) !== 0);
};

/** Walks the sections: exactly one of them is the body. */
const findBody = (frame: Uint8Array, start: number, end: number): number => {
  let body = 0;
  let at = start;
  while (at < end) {
    const kind = frame[at] as number;
    at += 1;
    if (kind !== SectionKind.body && kind !== SectionKind.sequence) {
      throw new ProtocolError(`The reply has a section of the unknown kind ${String(kind)}`);
    }
    const size = end - at < 4 ? -1 : readInt32(frame, at);
    if (size < SMALLEST_DOCUMENT || size > end - at)
      throw new ProtocolError('A section of the reply is out of bounds');
    if (kind === SectionKind.body) {
      if (body !== 0) throw new ProtocolError('The reply has two bodies');
      body = at;
    }
    at += size;
  }
  if (body === 0) throw new ProtocolError('The reply has no body');
  return body;
};

const readLegacyReply = (frame: Uint8Array, header: MessageHeader): Reply => {
  const bodyOffset = HEADER_SIZE + LEGACY_PREAMBLE;
  if (frame.length < bodyOffset + SMALLEST_DOCUMENT) throw new ProtocolError('The reply is too short');
  if (readInt32(frame, LEGACY_COUNT) !== 1 || readInt32(frame, bodyOffset) !== frame.length - bodyOffset) {
    throw new ProtocolError('An OP_REPLY to a hello holds exactly one document');
  }
  return replyAt(frame, bodyOffset, header, false);
};
