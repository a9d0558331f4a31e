import { ElementType } from '../bson/element-types.js';
import type { BsonWriter } from '../bson/writer.js';
import type { CommandAdditions } from './command.js';

const TXN_NUMBER = Buffer.from([ElementType.Int64, ...Buffer.from('txnNumber\0')]);
const MAX_TIME_MS = Buffer.from([ElementType.Int32, ...Buffer.from('maxTimeMS\0')]);

/** Writes the elements at the writer's position. */
export const writeAdditions = (
  writer: BsonWriter,
  { session, txnNumber, maxTimeMS }: CommandAdditions,
): void => {
  if (session !== undefined) writer.writeBytes(session.lsidElement);
  if (txnNumber !== undefined) {
    writer.writeBytes(TXN_NUMBER);
    writer.writeInt64(txnNumber);
  }
  if (maxTimeMS !== undefined) {
    writer.writeBytes(MAX_TIME_MS);
    writer.writeInt32(maxTimeMS);
  }
};

/** The fields as listeners know them. */
export const additionalFields = ({ session, txnNumber, maxTimeMS }: CommandAdditions): object => ({
  ...(session !== undefined && { lsid: session.lsid }),
  ...(txnNumber !== undefined && { txnNumber }),
  ...(maxTimeMS !== undefined && { maxTimeMS }),
});
