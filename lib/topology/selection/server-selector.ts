import type { ReadPreference } from '../../options/read-preference.js';

/** What selection reads of a read preference. */
export type SelectionPreference = Pick<ReadPreference, 'mode' | 'tagSets' | 'maxStalenessSeconds'>;

/** Which servers an operation may go to. */
export type ServerSelector =
  | { readonly kind: 'writable' }
  | { readonly kind: 'read'; readonly readPreference: SelectionPreference }
  /**
   * Aggregations that write: the preference counts only where every server that is known has at least this wire
   * version, otherwise they go to the primary (CRUD specification, "Read preferences and server selection").
   */
  | {
      readonly kind: 'write-read';
      readonly readPreference: SelectionPreference;
      readonly minWireVersion: number;
    }
  /** The server that something is pinned to. */
  | { readonly kind: 'address'; readonly address: string };

export const WRITABLE_SELECTOR: ServerSelector = Object.freeze({ kind: 'writable' });

/** For messages. */
export const describeSelector = (selector: ServerSelector): string => {
  switch (selector.kind) {
    case 'writable':
      return 'a writable server';
    case 'address':
      return `the server ${selector.address}`;
    case 'read':
    case 'write-read': {
      const { mode, tagSets, maxStalenessSeconds } = selector.readPreference;
      const tags = tagSets === null ? '' : `, tags ${JSON.stringify(tagSets)}`;
      const staleness = maxStalenessSeconds === -1 ? '' : `, at most ${String(maxStalenessSeconds)} s stale`;
      return `a server for reads of preference ${mode}${tags}${staleness}`;
    }
  }
};
