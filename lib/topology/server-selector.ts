import type { ServerDescription } from './server-description.js';

export type ReadMode = 'primary' | 'primaryPreferred' | 'secondary' | 'secondaryPreferred' | 'nearest';

/** What selection reads of a read preference. */
export interface SelectionPreference {
  readonly mode: ReadMode;
  /** Tried in order; the first set that a candidate matches decides. Empty or null: any member. */
  readonly tagSets: readonly Readonly<Record<string, string>>[] | null;
  /** Seconds; -1 means no limit. */
  readonly maxStalenessSeconds: number;
}

/** Which servers an operation may go to. */
export type ServerSelector =
  | { readonly kind: 'writable' }
  | { readonly kind: 'read'; readonly readPreference: SelectionPreference }
  /** Writing aggregations go to a secondary only where every server is at least of this wire version (4.4: 9, 5.0: 13). */
  | {
      readonly kind: 'write-read';
      readonly readPreference: SelectionPreference;
      readonly minWireVersion: number;
    }
  /** A server that something is pinned to. */
  | { readonly kind: 'address'; readonly address: string };

export const WRITABLE_SELECTOR: ServerSelector = Object.freeze({ kind: 'writable' });

/** A user's own rule: takes the candidates, returns those it finds suitable (`serverSelector`). */
export type CustomServerSelector = (servers: readonly ServerDescription[]) => readonly ServerDescription[];
