import { CommandError } from '../command-error.js';
import { splitNamespace } from '../store/namespace.js';
import { boolField, requiredString } from './command-fields.js';
import type { Command } from './command.js';

export const renameCollection: Command = {
  name: 'renameCollection',
  kind: 'write',
  adminOnly: true,
  fields: ['to', 'dropTarget', 'comment', 'stayTemp', 'collectionUUID'],
  run: ({ store }, { body }) => {
    const from = requiredString('renameCollection', body, 'renameCollection');
    const to = requiredString('renameCollection', body, 'to');
    const [database, name] = splitNamespace(from);
    const [targetDatabase, targetName] = splitNamespace(to);
    const collection = store.collection(database, name);
    if (collection === undefined) {
      if (store.view(database, name) !== undefined) {
        throw new CommandError('CommandNotSupportedOnView', `cannot rename view: ${from}`);
      }
      throw new CommandError('NamespaceNotFound', `Source collection ${from} does not exist`);
    }
    if (from === to) throw new CommandError('IllegalOperation', "Can't rename a collection to itself");
    const taken = store.collection(targetDatabase, targetName) ?? store.view(targetDatabase, targetName);
    if (taken !== undefined) {
      if (!boolField('renameCollection', body, 'dropTarget'))
        throw new CommandError('NamespaceExists', 'target namespace exists');
      if (store.collection(targetDatabase, targetName) === undefined) store.drop(targetDatabase, targetName);
    }
    store.rename(collection, targetDatabase, targetName);
    return {};
  },
};
