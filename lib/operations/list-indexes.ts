import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { parseCursorReply, type CursorReply } from './cursor-reply.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';

export interface ListIndexesOptions extends CommandFields {
  /** Entries per batch. */
  readonly batchSize?: number | undefined;
}

export const listIndexes = (namespace: Namespace, options: ListIndexesOptions): Operation<CursorReply> => ({
  name: 'listIndexes',
  database: namespace.database,
  collection: namespace.collection,
  access: 'read',
  retry: 'read',
  build(target) {
    const { batchSize } = options;
    const body: Record<string, unknown> = {
      listIndexes: namespace.collection,
      cursor: batchSize === undefined ? {} : { batchSize },
    };
    putFields(body, options, ['comment', 'maxTimeMS']);
    putRawData(body, options, target);
    return { name: 'listIndexes', database: namespace.database, body };
  },
  parse: (reply, target) => parseCursorReply('listIndexes', 'firstBatch', reply, target),
});
