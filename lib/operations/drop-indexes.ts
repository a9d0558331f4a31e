import { putFields, putRawData, type CommandFields } from './command-fields.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';

/** `index` is a name, a key document, or `*` for all but the one on `_id`. */
export const dropIndexes = (
  namespace: Namespace,
  index: string | ReadonlyMap<string, unknown>,
  options: CommandFields,
): Operation<undefined> => ({
  name: 'dropIndexes',
  database: namespace.database,
  collection: namespace.collection,
  access: 'write',
  retry: 'none',
  takesWriteConcern: true,
  build(target) {
    const body: Record<string, unknown> = { dropIndexes: namespace.collection, index };
    putFields(body, options, ['comment', 'maxTimeMS']);
    putRawData(body, options, target);
    return { name: 'dropIndexes', database: namespace.database, body };
  },
  parse: () => undefined,
});
