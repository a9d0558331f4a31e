import { idOf, type Collection } from './collection.js';
import type { Store } from './store.js';

const copyCollection = (from: Collection, to: Store): void => {
  to.create(from.database, from.name, from.options, from.uuid);
  const made = to.collectionForWrite(from.database, from.name);
  for (const { spec, prepareUnique } of from.indexes.values()) {
    made.createIndex(spec);
    const index = made.indexes.get(spec.name);
    if (index !== undefined) index.prepareUnique = prepareUnique;
  }
  for (const [record, raw] of from.records) made.insert(raw, idOf(raw), record);
};

/** Fills an empty store with what another has; the documents are the same bytes. */
export const copyStore = (from: Store, to: Store): void => {
  for (const { collections, views } of from.databases()) {
    for (const collection of collections.values()) copyCollection(collection, to);
    for (const { database, name, options } of views.values()) to.create(database, name, options);
  }
};
