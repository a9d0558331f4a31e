import type { Document } from '../bson/document.js';
import { putFields, type CommandFields } from './command-fields.js';
import type { Operation } from './operation.js';

export type ExplainVerbosity = 'queryPlanner' | 'executionStats' | 'allPlansExecution';

export interface ExplainOptions extends Pick<CommandFields, 'comment' | 'maxTimeMS'> {
  /** `allPlansExecution` where absent, the server's default. */
  readonly verbosity?: ExplainVerbosity | undefined;
}

/** How the server would run a read. */
export const explain = (
  { database, collection }: { readonly database: string; readonly collection?: string | undefined },
  command: Readonly<Record<string, unknown>>,
  options: ExplainOptions,
): Operation<Document> => ({
  name: 'explain',
  database,
  collection,
  access: 'read',
  retry: 'none',
  build() {
    const body: Record<string, unknown> = { explain: { ...command } };
    putFields(body, options, ['verbosity', 'comment', 'maxTimeMS']);
    return { name: 'explain', database, body };
  },
  parse: (reply, target) => reply?.decode(target.codecOptions) ?? {},
});
