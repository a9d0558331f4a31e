import { putFields, type CommandFields } from './command-fields.js';
import type { Operation } from './operation.js';

export const dropDatabase = (database: string, options: CommandFields): Operation<undefined> => ({
  name: 'dropDatabase',
  database,
  access: 'write',
  retry: 'none',
  takesWriteConcern: true,
  build() {
    const body: Record<string, unknown> = { dropDatabase: 1 };
    putFields(body, options, ['comment', 'maxTimeMS']);
    return { name: 'dropDatabase', database, body };
  },
  parse: () => undefined,
});
