import type { Operation } from './operation.js';

export const killCursors = (
  { database, collection }: { readonly database: string; readonly collection: string },
  cursorIds: readonly bigint[],
): Operation<undefined> => ({
  name: 'killCursors',
  database,
  collection,
  access: 'read',
  retry: 'none',
  build: () => ({
    name: 'killCursors',
    database,
    body: { killCursors: collection, cursors: [...cursorIds] },
  }),
  // What became of each cursor is of no use: one that is gone is what the caller wanted.
  parse: () => undefined,
});
