import { CommandError } from '../command-error.js';
import type { Command } from './command.js';
import { collectionName } from './command-fields.js';

export const drop: Command = {
  name: 'drop',
  kind: 'write',
  stable: true,
  fields: ['comment', 'collectionUUID'],
  run: ({ store, version }, { body, database }) => {
    const name = collectionName('drop', body);
    const collection = store.collection(database, name);
    if (!store.drop(database, name)) {
      if (version.has('dropMissing')) return {};
      throw new CommandError('NamespaceNotFound', 'ns not found');
    }
    const indexes = collection === undefined ? undefined : collection.indexes.size + 1;
    return { nIndexesWas: indexes, ns: `${database}.${name}` };
  },
};
