import type { BsonWriter } from '../bson/writer.js';
import type { CodecOptions } from '../bson/codec-options.js';
import type { Command, CommandLimits } from './command.js';

export interface EncodeCommandOptions {
  readonly limits: CommandLimits;
  readonly codecOptions?: CodecOptions | undefined;
  /** The server sends no reply (unacknowledged write). */
  readonly moreToCome?: boolean | undefined;
  /** The server may answer with several replies (streaming hello, exhaust cursor). */
  readonly exhaustAllowed?: boolean | undefined;
  /** Appends a CRC-32C of the message. */
  readonly checksum?: boolean | undefined;
}

/**
 * Writes one OP_MSG at the writer's position and returns how many documents of the command's sequence it carries.
 * Throws `InvalidDocument` for what cannot be encoded or is larger than the server takes; nothing is to be sent then.
 */
export declare const encodeCommand: (
  writer: BsonWriter,
  requestId: number,
  command: Command,
  options: EncodeCommandOptions,
) => number;
