import { encodeInto } from '../bson/encoder.js';
import type { BsonWriter } from '../bson/writer.js';
import { OpCode } from './message-header.js';

const NAMESPACE = 'admin.$cmd';
const SECONDARY_OK = 4;

/**
 * Writes the legacy hello as OP_QUERY: the first message to a server of unknown version (handshake specification,
 * "Connection handshake"). Everything after it is OP_MSG.
 */
export const encodeLegacyHello = (
  writer: BsonWriter,
  requestId: number,
  body: Readonly<Record<string, unknown>>,
): void => {
  const start = writer.position;
  writer.writeInt32(0);
  writer.writeInt32(requestId);
  writer.writeInt32(0);
  writer.writeInt32(OpCode.query);
  writer.writeInt32(SECONDARY_OK);
  writer.writeCString(NAMESPACE);
  writer.writeInt32(0);
  writer.writeInt32(-1);
  encodeInto(writer, body);
  writer.setInt32(start, writer.position - start);
};
