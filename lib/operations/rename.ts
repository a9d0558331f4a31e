import { putFields, type CommandFields } from './command-fields.js';
import { fullName, type Namespace } from './namespace.js';
import type { Operation } from './operation.js';

export interface RenameOptions extends CommandFields {
  /** Drop a collection that already has the new name, instead of failing. */
  readonly dropTarget?: boolean | undefined;
}

/** Runs on `admin`, as the command asks; errors name the collection that was to be renamed. */
export const rename = (from: Namespace, to: Namespace, options: RenameOptions): Operation<undefined> => ({
  name: 'renameCollection',
  database: 'admin',
  access: 'write',
  retry: 'none',
  takesWriteConcern: true,
  build() {
    const body: Record<string, unknown> = { renameCollection: fullName(from), to: fullName(to) };
    putFields(body, options, ['dropTarget', 'comment', 'maxTimeMS']);
    return { name: 'renameCollection', database: 'admin', body };
  },
  parse: () => undefined,
});
