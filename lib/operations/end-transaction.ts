import type { Operation } from './operation.js';

const ending = (
  name: 'commitTransaction' | 'abortTransaction',
  maxTimeMS?: number,
): Operation<undefined> => ({
  name,
  database: 'admin',
  access: 'write',
  retry: 'write',
  build: () => ({
    name,
    database: 'admin',
    body: { [name]: 1, ...(maxTimeMS !== undefined && { maxTimeMS }) },
  }),
  parse: () => undefined,
});

/** Commits the transaction that the executor dresses it for. */
export const commitTransaction = (maxTimeMS: number | undefined): Operation<undefined> =>
  ending('commitTransaction', maxTimeMS);

/** Aborts it. */
export const abortTransaction: Operation<undefined> = ending('abortTransaction');

/** How an operation ends its transaction, if it does: a generic command of the same name is the user's own affair. */
export const endingOf = ({ name, retry }: Operation<unknown>): 'commit' | 'abort' | undefined => {
  if (retry !== 'write') return undefined;
  if (name === 'commitTransaction') return 'commit';
  return name === 'abortTransaction' ? 'abort' : undefined;
};
