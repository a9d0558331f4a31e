import type { Timestamp } from 'bson';
import type { RawDocument } from '../net/raw-document.js';
import type { Value } from '../query/value.js';
import type { CollectionAccess } from './collection-access.js';
import { prepareInsert } from './insert-document.js';
import type { Store } from './store.js';

/** What the statements of one write command share. */
export interface WriteContext {
  readonly store: Store;
  readonly bypassValidation: boolean;
  /** A new value of the logical clock. */
  timestamp(): Timestamp;
  /** Throws when the command is to stop. */
  check(): void;
}

/** Inserts one document; answers its `_id`. Errors are those of one statement. */
export const insertDocument = (
  collection: CollectionAccess,
  bytes: Uint8Array,
  context: WriteContext,
): PreparedId => {
  const { raw, id } = prepareInsert(bytes, {
    dollarFields: context.store.version.has('dollarFields'),
    newId: () => context.store.objectIds.next(),
    timestamp: () => context.timestamp(),
  });
  if (!context.bypassValidation) collection.validator?.check(raw.doc);
  collection.insert(raw, id);
  return { id, raw };
};

export interface PreparedId {
  readonly id: Value;
  readonly raw: RawDocument;
}
