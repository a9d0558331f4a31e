import type { Doc, Value } from '../query/value.js';
import type { CollectionAccess } from './collection-access.js';

/** What one index is reported to take; nothing is stored on disk. */
const INDEX_BYTES = 4096;

/** The figures of collStats, sizes divided by `scale`. */
export const collectionStats = (collection: CollectionAccess, scale: number): Doc => {
  const { size: count } = collection.records;
  const names = ['_id_', ...collection.indexes.keys()];
  const scaled = (bytes: number): number => Math.floor(bytes / scale);
  const stats: Doc = new Map<string, Value>([
    ['ns', collection.namespace],
    ['size', scaled(collection.dataSize)],
    ['count', count],
  ]);
  if (count > 0) stats.set('avgObjSize', Math.floor(collection.dataSize / count));
  stats.set('storageSize', scaled(collection.dataSize));
  stats.set('freeStorageSize', 0);
  stats.set('capped', collection.capped !== undefined);
  if (collection.capped !== undefined) {
    stats.set('max', collection.capped.max ?? 0);
    stats.set('maxSize', scaled(collection.capped.size));
  }
  stats.set('nindexes', names.length);
  stats.set('indexBuilds', []);
  stats.set('totalIndexSize', scaled(names.length * INDEX_BYTES));
  stats.set('totalSize', scaled(collection.dataSize + names.length * INDEX_BYTES));
  stats.set('indexSizes', new Map(names.map((name) => [name, scaled(INDEX_BYTES)])));
  stats.set('scaleFactor', scale);
  return stats;
};

export interface DatabaseFigures {
  readonly objects: number;
  readonly dataSize: number;
  readonly indexes: number;
  readonly indexSize: number;
}

export const databaseFigures = (collections: Iterable<CollectionAccess>): DatabaseFigures => {
  let [objects, dataSize, indexes] = [0, 0, 0];
  for (const collection of collections) {
    objects += collection.records.size;
    dataSize += collection.dataSize;
    indexes += collection.indexes.size + 1;
  }
  return { objects, dataSize, indexes, indexSize: indexes * INDEX_BYTES };
};
