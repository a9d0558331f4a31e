import { CommandError } from '../command-error.js';
import { equal } from '../query/bson-order.js';
import { docText } from '../query/text.js';
import { isArray, isDoc, type Value } from '../query/value.js';
import type { Collection } from '../store/collection.js';
import type { Command } from './command.js';
import { collectionName } from './command-fields.js';

const ID_MESSAGE = 'cannot drop _id index';

const namesOf = (collection: Collection, index: Value | undefined): string[] => {
  if (index === '*') return [...collection.indexes.keys()];
  if (typeof index === 'string') {
    if (index === '_id_') throw new CommandError('InvalidOptions', ID_MESSAGE);
    if (!collection.indexes.has(index))
      throw new CommandError('IndexNotFound', `index not found with name [${index}]`);
    return [index];
  }
  if (isArray(index)) {
    return index.flatMap((name) => {
      if (typeof name !== 'string')
        throw new CommandError('TypeMismatch', "BSON field 'dropIndexes.index' must hold strings");
      return namesOf(collection, name);
    });
  }
  if (!isDoc(index))
    throw new CommandError('TypeMismatch', "BSON field 'dropIndexes.index' is the wrong type");
  if (equal(index, collection.idSpec.key)) throw new CommandError('InvalidOptions', ID_MESSAGE);
  const found = [...collection.indexes.values()].filter(({ spec }) => equal(spec.key, index));
  if (found.length === 0)
    throw new CommandError('IndexNotFound', `can't find index with key: ${docText(index)}`);
  if (found.length > 1) {
    throw new CommandError(
      'AmbiguousIndexKeyPattern',
      `${found.length} indexes found for key: ${docText(index)}, identify by name instead.`,
    );
  }
  return found.map(({ spec }) => spec.name);
};

export const dropIndexes: Command = {
  name: 'dropIndexes',
  aliases: ['deleteIndexes'],
  kind: 'write',
  stable: true,
  fields: ['index', 'comment', 'collectionUUID'],
  run: ({ store }, { body, database, name: command }) => {
    const name = collectionName(command, body);
    const collection = store.collection(database, name);
    if (collection === undefined)
      throw new CommandError('NamespaceNotFound', `ns not found ${database}.${name}`);
    const before = collection.indexes.size + 1;
    const names = namesOf(collection, body.get('index'));
    collection.assertFree();
    for (const index of names) {
      const spec = collection.indexes.get(index)?.spec.document ?? new Map();
      collection.indexes.delete(index);
      store.logCommand(
        collection,
        new Map<string, Value>([
          ['dropIndexes', name],
          ['index', index],
        ]),
        spec,
      );
    }
    return {
      nIndexesWas: before,
      msg: body.get('index') === '*' ? 'non-_id indexes dropped for collection' : undefined,
    };
  },
};
