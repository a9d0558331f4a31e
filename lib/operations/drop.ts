import { putFields, type CommandFields } from './command-fields.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';

/** Drops a collection. Servers before 7.0 report NamespaceNotFound (26) where there is none: the caller decides. */
export const drop = (namespace: Namespace, options: CommandFields): Operation<undefined> => ({
  name: 'drop',
  database: namespace.database,
  collection: namespace.collection,
  access: 'write',
  retry: 'none',
  takesWriteConcern: true,
  build() {
    const body: Record<string, unknown> = { drop: namespace.collection };
    putFields(body, options, ['comment', 'maxTimeMS']);
    return { name: 'drop', database: namespace.database, body };
  },
  parse: () => undefined,
});
