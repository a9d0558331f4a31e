import { InvalidOperation } from '../core/errors/usage.js';
import type { CursorState } from './cursor-state.js';

/** The server has been asked already: what was asked cannot change any more. */
export const requireFresh = ({ state }: { readonly state: CursorState }): void => {
  if (state !== 'fresh') {
    throw new InvalidOperation(
      'The options of a cursor cannot change once it was read from; clone() or rewind() it first',
    );
  }
};

export const requireBatchSize = (size: unknown): number => {
  if (typeof size !== 'number' || !Number.isInteger(size))
    throw new TypeError('batchSize must be an integer');
  if (size < 0) throw new RangeError('batchSize must be at least 0');
  return size;
};
