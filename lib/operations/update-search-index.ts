import type { Document } from '../bson/document.js';
import { putFields, type CommandFields } from './command-fields.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';

/** Atlas only; without concerns. */
export const updateSearchIndex = (
  namespace: Namespace,
  name: string,
  definition: Document,
  options: CommandFields,
): Operation<undefined> => ({
  name: 'updateSearchIndex',
  database: namespace.database,
  collection: namespace.collection,
  access: 'write',
  retry: 'none',
  build() {
    const body: Record<string, unknown> = { updateSearchIndex: namespace.collection, name, definition };
    putFields(body, options, ['comment', 'maxTimeMS']);
    return { name: 'updateSearchIndex', database: namespace.database, body };
  },
  parse: () => undefined,
});
