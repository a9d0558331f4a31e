import { CommandError } from '../command-error.js';
import { crc32c } from './crc32c.js';
import { HEADER_SIZE } from './frame-reader.js';
import { CHECKSUM_PRESENT, EXHAUST_ALLOWED, MORE_TO_COME, OP_MSG, OP_QUERY } from './opcodes.js';
import { RawDocument } from './raw-document.js';

/** A request as it lay on the wire; the documents are views of the frame. */
export interface Message {
  readonly requestId: number;
  /** An OP_QUERY: the reply is an OP_REPLY. */
  readonly legacy: boolean;
  readonly body: Buffer;
  readonly sequences: ReadonlyMap<string, readonly RawDocument[]> | undefined;
  /** No reply is wanted. */
  readonly moreToCome: boolean;
  readonly exhaustAllowed: boolean;
  readonly checksum: boolean;
  /** OP_QUERY only: database of the namespace, and the secondaryOk flag. */
  readonly database: string | undefined;
  readonly secondaryOk: boolean;
}

const protocolError = (why: string): never => {
  throw new CommandError('ProtocolError', why);
};

const documentAt = (frame: Buffer, at: number, end: number): Buffer => {
  const size = at + 5 <= end ? frame.readInt32LE(at) : 0;
  if (size < 5 || at + size > end) return protocolError('a document runs past the end of its section');
  return frame.subarray(at, at + size);
};

const cstringEnd = (frame: Buffer, at: number, end: number): number => {
  const nul = frame.indexOf(0, at);
  return nul < 0 || nul >= end ? protocolError('unterminated string') : nul;
};

const KNOWN_FLAGS = CHECKSUM_PRESENT | MORE_TO_COME;

const parseMsg = (frame: Buffer, requestId: number): Message => {
  if (frame.length < HEADER_SIZE + 5) return protocolError('OP_MSG message is too short');
  const flags = frame.readUInt32LE(HEADER_SIZE);
  const unknown = flags & 0xffff & ~KNOWN_FLAGS;
  if (unknown !== 0) {
    throw new CommandError(
      'IllegalOpMsgFlag',
      `Message contains illegal flags value: Ob${unknown.toString(2)}`,
    );
  }
  const checksum = (flags & CHECKSUM_PRESENT) !== 0;
  const end = checksum ? frame.length - 4 : frame.length;
  if (checksum && frame.readUInt32LE(end) !== crc32c(frame.subarray(0, end))) {
    throw new CommandError('ChecksumMismatch', 'OP_MSG checksum does not match contents');
  }
  let body: Buffer | undefined;
  let sequences: Map<string, readonly RawDocument[]> | undefined;
  let at = HEADER_SIZE + 4;
  while (at < end) {
    const kind = frame[at++];
    if (kind === 0) {
      if (body !== undefined) return protocolError('Multiple body sections in message');
      body = documentAt(frame, at, end);
      at += body.length;
    } else if (kind === 1) {
      const sectionEnd = at + 4 <= end ? at + frame.readInt32LE(at) : Infinity;
      if (sectionEnd > end || sectionEnd < at + 5) return protocolError('bad length of a document sequence');
      const nameEnd = cstringEnd(frame, at + 4, sectionEnd);
      const documents: RawDocument[] = [];
      const name = frame.toString('utf8', at + 4, nameEnd);
      at = nameEnd + 1;
      while (at < sectionEnd) {
        const bytes = documentAt(frame, at, sectionEnd);
        documents.push(new RawDocument(bytes));
        at += bytes.length;
      }
      sequences ??= new Map();
      if (sequences.has(name)) return protocolError(`Duplicate document sequence: ${name}`);
      sequences.set(name, documents);
    } else return protocolError(`Unknown section kind ${String(kind)}`);
  }
  if (body === undefined) return protocolError('OP_MSG messages must have a body');
  return {
    requestId,
    legacy: false,
    body,
    sequences,
    moreToCome: (flags & MORE_TO_COME) !== 0,
    exhaustAllowed: (flags & EXHAUST_ALLOWED) !== 0,
    checksum,
    database: undefined,
    secondaryOk: false,
  };
};

const SECONDARY_OK_BIT = 4;

const parseQuery = (frame: Buffer, requestId: number): Message => {
  if (frame.length < HEADER_SIZE + 4) return protocolError('OP_QUERY message is too short');
  const nameEnd = cstringEnd(frame, HEADER_SIZE + 4, frame.length);
  const namespace = frame.toString('utf8', HEADER_SIZE + 4, nameEnd);
  return {
    requestId,
    legacy: true,
    body: documentAt(frame, nameEnd + 9, frame.length),
    sequences: undefined,
    moreToCome: false,
    exhaustAllowed: false,
    checksum: false,
    database: namespace.replace(/\.\$cmd$/, ''),
    secondaryOk: (frame.readInt32LE(HEADER_SIZE) & SECONDARY_OK_BIT) !== 0,
  };
};

/** Reads an uncompressed frame. Throws a CommandError after which the connection is of no use. */
export const parseMessage = (frame: Buffer): Message => {
  const requestId = frame.readInt32LE(4);
  const opCode = frame.readInt32LE(12);
  if (opCode === OP_MSG) return parseMsg(frame, requestId);
  if (opCode === OP_QUERY) return parseQuery(frame, requestId);
  return protocolError(`Unsupported opcode ${String(opCode)}`);
};
