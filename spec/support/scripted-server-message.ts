import { BSON, type Document } from 'bson';
import { HEADER_SIZE, OpCode, readHeader, type MessageHeader } from '../../lib/wire/message-header.js';

/** One message of a client, taken apart. */
export interface DecodedRequest {
  readonly header: MessageHeader;
  readonly opCode: 'OP_MSG' | 'OP_QUERY' | 'other';
  /** Flag bits of OP_MSG; the flags of OP_QUERY. */
  readonly flags: number;
  /** The command as one document: sections of kind 1 merged in as arrays. `$db` included for OP_MSG. */
  readonly command: Document;
  /** The section of kind 0 alone. */
  readonly body: Document;
  /** The sections of kind 1 by identifier. */
  readonly sequences: Readonly<Record<string, readonly Document[]>>;
  readonly commandName: string;
  readonly database: string;
  /** The client expects no reply. */
  readonly moreToCome: boolean;
  /** The client takes several replies. */
  readonly exhaustAllowed: boolean;
  readonly checksumPresent: boolean;
  readonly bytes: Buffer;
}

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
const EXHAUST_ALLOWED = 1 << 16;

const decode = (bytes: Buffer, at: number): { readonly document: Document; readonly next: number } => {
  const next = at + bytes.readInt32LE(at);
  return {
    document: BSON.deserialize(bytes.subarray(at, next), { promoteLongs: true, useBigInt64: false }),
    next,
  };
};

const cString = (bytes: Buffer, at: number): string => bytes.toString('utf8', at, bytes.indexOf(0, at));

export const decodeRequest = (frame: Uint8Array): DecodedRequest => {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const header = readHeader(bytes);
  let flags = bytes.readUInt32LE(HEADER_SIZE);
  let body: Document = {};
  let database = '';
  let opCode: DecodedRequest['opCode'] = 'other';
  const sequences: Record<string, Document[]> = {};
  if (header.opCode === OpCode.query) {
    opCode = 'OP_QUERY';
    const namespace = cString(bytes, HEADER_SIZE + 4);
    database = namespace.slice(0, namespace.indexOf('.'));
    body = decode(bytes, HEADER_SIZE + 4 + Buffer.byteLength(namespace) + 1 + 8).document;
  } else if (header.opCode === OpCode.msg) {
    opCode = 'OP_MSG';
    const end = bytes.length - ((flags & CHECKSUM_PRESENT) !== 0 ? 4 : 0);
    for (let at = HEADER_SIZE + 4; at < end;) {
      if (bytes[at] === 0) {
        const section = decode(bytes, at + 1);
        body = section.document;
        at = section.next;
        continue;
      }
      const sectionEnd = at + 1 + bytes.readInt32LE(at + 1);
      const identifier = cString(bytes, at + 5);
      const documents: Document[] = [];
      for (let next = at + 5 + Buffer.byteLength(identifier) + 1; next < sectionEnd;) {
        const read = decode(bytes, next);
        documents.push(read.document);
        next = read.next;
      }
      sequences[identifier] = documents;
      at = sectionEnd;
    }
    database = String(body['$db']);
  } else {
    flags = 0;
  }
  return {
    header,
    opCode,
    flags,
    body,
    sequences,
    command: { ...body, ...sequences },
    commandName: Object.keys(body)[0] ?? '',
    database,
    moreToCome: opCode === 'OP_MSG' && (flags & MORE_TO_COME) !== 0,
    exhaustAllowed: opCode === 'OP_MSG' && (flags & EXHAUST_ALLOWED) !== 0,
    checksumPresent: opCode === 'OP_MSG' && (flags & CHECKSUM_PRESENT) !== 0,
    bytes,
  };
};

export interface ReplyOptions {
  readonly requestId?: number;
  /** Another number than the request's, to play a peer that mixes replies up. */
  readonly responseTo?: number;
  /** More replies to the same request follow. */
  readonly moreToCome?: boolean;
  readonly opCode?: number;
  /** Appended as the checksum, with its flag bit set. */
  readonly checksum?: (message: Uint8Array) => number;
  /** Takes the place of the encoded document. */
  readonly documentBytes?: Uint8Array;
}

let lastReplyId = 1_000_000;

/** A reply as bytes: OP_REPLY to an OP_QUERY, OP_MSG to everything else, unless `opCode` says otherwise. */
export const encodeReply = (
  request: Pick<DecodedRequest, 'header'>,
  document: Document,
  options: ReplyOptions = {},
): Buffer => {
  const opCode = options.opCode ?? (request.header.opCode === OpCode.query ? OpCode.reply : OpCode.msg);
  const body = options.documentBytes ?? BSON.serialize(document, { ignoreUndefined: true });
  const preamble = Buffer.alloc(opCode === OpCode.reply ? 20 : 5);
  if (opCode === OpCode.reply) {
    preamble.writeInt32LE(8, 0);
    preamble.writeInt32LE(1, 16);
  } else {
    preamble.writeUInt32LE(
      (options.moreToCome === true ? MORE_TO_COME : 0) | (options.checksum === undefined ? 0 : 1),
      0,
    );
  }
  const message = Buffer.concat([
    Buffer.alloc(HEADER_SIZE),
    preamble,
    body,
    Buffer.alloc(options.checksum ? 4 : 0),
  ]);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(options.requestId ?? ++lastReplyId, 4);
  message.writeInt32LE(options.responseTo ?? request.header.requestId, 8);
  message.writeInt32LE(opCode, 12);
  if (options.checksum !== undefined) {
    message.writeUInt32LE(options.checksum(message.subarray(0, -4)), message.length - 4);
  }
  return message;
};
