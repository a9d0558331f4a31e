import type { Document } from '../bson/document.js';
import { rejectUndefined } from '../bson/undefined.js';
import { putFields, putRawData, type CommandFields } from './command-fields.js';
import { parseCursorReply, type CursorReply } from './cursor-reply.js';
import type { Operation } from './operation.js';

export interface ListCollectionsOptions extends CommandFields {
  readonly filter?: Document | undefined;
  /** Only names and types; cheaper for the server. */
  readonly nameOnly?: boolean | undefined;
  /** Only those the user may see; together with `nameOnly` it needs no privilege to list. */
  readonly authorizedCollections?: boolean | undefined;
  /** Entries per batch. */
  readonly batchSize?: number | undefined;
}

export const listCollections = (
  database: string,
  options: ListCollectionsOptions,
): Operation<CursorReply> => {
  if (options.filter !== undefined) rejectUndefined(options.filter, 'filter');
  return {
    name: 'listCollections',
    database,
    access: 'read',
    retry: 'read',
    build(target) {
      const { batchSize } = options;
      const body: Record<string, unknown> = {
        listCollections: 1,
        cursor: batchSize === undefined ? {} : { batchSize },
      };
      putFields(body, options, ['filter', 'nameOnly', 'authorizedCollections', 'comment', 'maxTimeMS']);
      putRawData(body, options, target);
      return { name: 'listCollections', database, body };
    },
    parse: (reply, target) => parseCursorReply('listCollections', 'firstBatch', reply, target),
  };
};
