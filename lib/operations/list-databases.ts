import type { Document } from '../bson/document.js';
import { rejectUndefined } from '../bson/undefined.js';
import { putFields, type CommandFields } from './command-fields.js';
import { fieldOf } from './document-shape.js';
import type { Operation } from './operation.js';

export interface ListDatabasesOptions extends CommandFields {
  readonly filter?: Document | undefined;
  /** Only names; cheaper for the server. */
  readonly nameOnly?: boolean | undefined;
  /** Only those the user may see. */
  readonly authorizedDatabases?: boolean | undefined;
}

/** The one command whose list does not come as a cursor: all entries, decoded. */
export const listDatabases = (options: ListDatabasesOptions): Operation<readonly unknown[]> => {
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
    parse: (reply, target) => (fieldOf(reply?.decode(target.codecOptions), 'databases') ?? []) as readonly unknown[],
  };
};
