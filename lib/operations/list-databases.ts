import type { Document } from '../bson/document.js';
import { rejectUndefined } from '../bson/undefined.js';
import { putFields, type CommandFields } from './command-fields.js';
import type { CursorBatch, CursorReply } from './cursor-reply.js';
import { fieldOf } from './document-shape.js';
import type { Operation } from './operation.js';

export interface ListDatabasesOptions extends CommandFields {
  readonly filter?: Document | undefined;
  /** Only names; cheaper for the server. */
  readonly nameOnly?: boolean | undefined;
  /** Only those the user may see. */
  readonly authorizedDatabases?: boolean | undefined;
}

const batchOf = (documents: readonly unknown[]): CursorBatch => {
  let at = 0;
  return {
    get remaining() {
      return documents.length - at;
    },
    start: 0,
    next: () => documents[at++],
  };
};

/** The one list that a server does not send as a cursor; it is presented as one that has been read to its end. */
export const listDatabases = (options: ListDatabasesOptions): Operation<CursorReply> => {
  if (options.filter !== undefined) rejectUndefined(options.filter, 'filter');
  return {
    name: 'listDatabases',
    database: 'admin',
    access: 'read',
    retry: 'read',
    build() {
      const body: Record<string, unknown> = { listDatabases: 1 };
      putFields(body, options, ['filter', 'nameOnly', 'authorizedDatabases', 'comment', 'maxTimeMS']);
      return { name: 'listDatabases', database: 'admin', body };
    },
    parse(reply, target) {
      const databases = (fieldOf(reply?.decode(target.codecOptions), 'databases') ??
        []) as readonly unknown[];
      return {
        cursorId: 0n,
        namespace: 'admin.$cmd',
        address: target.address,
        connection: undefined,
        batch: batchOf(databases),
        reply,
        maxWireVersion: target.limits.maxWireVersion,
      };
    },
  };
};
