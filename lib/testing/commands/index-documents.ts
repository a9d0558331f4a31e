import type { Doc, Value } from '../query/value.js';
import type { CollectionAccess } from '../store/collection-access.js';

/** The `_id` index as listIndexes and listCollections show it. */
export const idIndexDocument = (collection: CollectionAccess): Doc => {
  const document: Doc = new Map<string, Value>([
    ['v', 2],
    ['key', new Map([['_id', 1]])],
    ['name', '_id_'],
  ]);
  if (collection.collation !== undefined) document.set('collation', collection.collation.specification);
  return document;
};

const clusteredDocument = (clustered: Doc): Doc =>
  new Map<string, Value>([...clustered, ['clustered', true]]);

/** All indexes of a collection in the order they were made. `withNamespace`: before 4.4 each names its collection. */
export const indexDocuments = (collection: CollectionAccess, withNamespace: boolean): Doc[] => {
  const clustered = collection.options.get('clusteredIndex');
  const first = clustered instanceof Map ? clusteredDocument(clustered) : idIndexDocument(collection);
  const own = collection.timeseries ? [] : [first];
  const all = [...own, ...[...collection.indexes.values()].map(({ spec }) => spec.document)];
  return withNamespace
    ? all.map((doc) => new Map<string, Value>([...doc, ['ns', collection.namespace]]))
    : all;
};
