import { InvalidDocument } from '../core/errors/bson.js';
import type { CodecOptions } from '../bson/codec-options.js';
import { encodeInto, type EncodeOptions } from '../bson/encoder.js';
import type { BsonWriter } from '../bson/writer.js';
import { writeAdditions } from './command-additions.js';
import type { Command, CommandAdditions, CommandLimits, DocumentSequence } from './command.js';
import { crc32c } from './crc32c.js';
import { MessageFlag, OpCode, SectionKind } from './message-header.js';

export interface EncodeCommandOptions {
  readonly limits: CommandLimits;
  readonly codecOptions?: CodecOptions | undefined;
  readonly additions?: CommandAdditions | undefined;
  /** The server sends no reply (unacknowledged write). */
  readonly moreToCome?: boolean | undefined;
  /** The server may answer with several replies (streaming hello, exhaust cursor). */
  readonly exhaustAllowed?: boolean | undefined;
  /** Appends a CRC-32C of the message. */
  readonly checksum?: boolean | undefined;
}

/** What a command document may have beyond `maxBsonObjectSize`: a document to store and the command around it. */
const COMMAND_OVERHEAD = 16 * 1024;

const CHECKSUM_SIZE = 4;

const STRING_TYPE = 0x02;

/**
 * Writes one OP_MSG at the writer's position and returns how many documents of the command's sequence it carries: as
 * many as the server's limits of count and message size allow. Throws `InvalidDocument` for what cannot be encoded or
 * is larger than the server takes; nothing is to be sent then.
 */
export const encodeCommand = (
  writer: BsonWriter,
  requestId: number,
  command: Command,
  options: EncodeCommandOptions,
): number => {
  const start = writer.position;
  const flags =
    (options.moreToCome === true ? MessageFlag.moreToCome : 0) |
    (options.exhaustAllowed === true ? MessageFlag.exhaustAllowed : 0) |
    (options.checksum === true ? MessageFlag.checksumPresent : 0);
  startMessage(writer, requestId, flags);
  writeBody(writer, command, options);
  const documents =
    command.sequence === undefined ? 0 : writeSequence(writer, start, command.sequence, options);
  const length = writer.position - start + (options.checksum === true ? CHECKSUM_SIZE : 0);
  writer.setInt32(start, length);
  if (options.checksum === true) writer.writeInt32(crc32c(writer.buffer, start, writer.position) | 0);
  return documents;
};

const startMessage = (writer: BsonWriter, requestId: number, flags: number): void => {
  writer.ensure(21);
  const { view } = writer;
  let at = writer.position;
  view.setInt32(at, 0, true);
  view.setInt32((at += 4), requestId, true);
  view.setInt32((at += 4), 0, true);
  view.setInt32((at += 4), OpCode.msg, true);
  view.setInt32((at += 4), flags, true);
  writer.buffer[(at += 4)] = SectionKind.body;
  writer.position = at + 1;
};

/** The command with what is sent besides, `$db` as its last field, written after the fact: the caller's document stays as it is. */
const writeBody = (writer: BsonWriter, command: Command, options: EncodeCommandOptions): void => {
  const start = writer.position;
  encodeInto(writer, command.body, options);
  writer.position -= 1;
  if (options.additions !== undefined) writeAdditions(writer, options.additions);
  writer.writeByte(STRING_TYPE);
  writer.writeCString('$db');
  const lengthAt = writer.position;
  writer.ensure(4);
  writer.position += 4;
  writer.writeCString(command.database);
  writer.setInt32(lengthAt, writer.position - lengthAt - 4);
  writer.writeByte(0);
  const size = writer.position - start;
  writer.setInt32(start, size);
  const limit = options.limits.maxBsonObjectSize + COMMAND_OVERHEAD;
  if (size > limit) {
    throw new InvalidDocument(
      `The command ${command.name} is a document of ${String(size)} bytes; the server takes at most ${String(limit)}`,
    );
  }
};

/** Encodes documents until a limit of the server, or the end, and returns their number. */
const writeSequence = (
  writer: BsonWriter,
  messageStart: number,
  sequence: DocumentSequence,
  options: EncodeCommandOptions,
): number => {
  const { limits, codecOptions } = options;
  const { identifier, documents, ids, start } = sequence;
  const maxSize = documentLimit(identifier, limits);
  const end = Math.min(sequence.end, start + limits.maxWriteBatchSize);
  const lastByte =
    messageStart + limits.maxMessageSizeBytes - (options.checksum === true ? CHECKSUM_SIZE : 0);

  writer.writeByte(SectionKind.sequence);
  const sectionStart = writer.position;
  writer.writeInt32(0);
  writer.writeCString(identifier);
  const firstDocument = writer.position;
  // One object for all documents; `id` is present only where the operation gave ids.
  const encodeOptions: { codecOptions: CodecOptions | undefined; id?: unknown } =
    ids === undefined ? { codecOptions } : { codecOptions, id: undefined };
  let index = start;
  for (; index < end; index += 1) {
    const before = writer.position;
    if (ids !== undefined) encodeOptions.id = ids[index];
    encodeItem(writer, identifier, documents, index, encodeOptions);
    const size = writer.position - before;
    if (size > maxSize) throw tooLarge(identifier, index, size, maxSize);
    if (writer.position > lastByte) {
      if (index === start) throw tooLarge(identifier, index, size, lastByte - firstDocument);
      writer.position = before;
      break;
    }
    if (index === start) reserve(writer, size * (end - start), lastByte);
  }
  writer.setInt32(sectionStart, writer.position - sectionStart);
  return index - start;
};

/** What an insert stores is bounded by itself; a statement of an update or delete is a small command of its own. */
const documentLimit = (identifier: string, limits: CommandLimits): number =>
  identifier === 'documents' ? limits.maxBsonObjectSize : limits.maxBsonObjectSize + COMMAND_OVERHEAD;

const encodeItem = (
  writer: BsonWriter,
  identifier: string,
  documents: readonly unknown[],
  index: number,
  options: EncodeOptions,
): void => {
  try {
    encodeInto(writer, documents[index], options);
  } catch {
    // The same once more, now with the document's place for the message: paths cost time that only failures need.
    encodeInto(writer, documents[index], { ...options, path: `${identifier}.${String(index)}` });
  }
};

/** Batches hold documents of similar size: growing once saves most copies of a buffer that doubles its way up. */
const reserve = (writer: BsonWriter, expected: number, lastByte: number): void => {
  writer.ensure(Math.max(0, Math.min(expected, lastByte - writer.position)));
};

const tooLarge = (identifier: string, index: number, size: number, limit: number): InvalidDocument => {
  const path = `${identifier}.${String(index)}`;
  return new InvalidDocument(
    `${path}: the document of ${String(size)} bytes is larger than the server takes (${String(limit)} bytes)`,
    { path },
  );
};
