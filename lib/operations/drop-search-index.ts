import { putFields, type CommandFields } from './command-fields.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';

/** Atlas only; without concerns. A collection that does not exist is the caller's to ignore. */
export const dropSearchIndex = (
  namespace: Namespace,
  name: string,
  options: CommandFields,
): Operation<undefined> => ({
  name: 'dropSearchIndex',
  database: namespace.database,
  collection: namespace.collection,
  access: 'write',
  retry: 'none',
  build() {
    const body: Record<string, unknown> = { dropSearchIndex: namespace.collection, name };
    putFields(body, options, ['comment', 'maxTimeMS']);
    return { name: 'dropSearchIndex', database: namespace.database, body };
  },
  parse: () => undefined,
});
