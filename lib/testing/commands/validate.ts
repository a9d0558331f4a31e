import { CommandError } from '../command-error.js';
import type { Command } from './command.js';
import { collectionName } from './command-fields.js';

export const validate: Command = {
  name: 'validate',
  kind: 'admin',
  secondary: 'opt-in',
  stable: (body) => !body.has('background'),
  fields: [
    'full',
    'background',
    'repair',
    'metadata',
    'checkBSONConformance',
    'fixMultikey',
    'scandata',
    'collHash',
    'comment',
  ],
  run: ({ store }, { body, database }) => {
    const name = collectionName('validate', body);
    const namespace = `${database}.${name}`;
    const collection = store.collection(database, name);
    if (collection === undefined) {
      if (store.view(database, name) !== undefined) {
        throw new CommandError(
          'CommandNotSupportedOnView',
          `Namespace ${namespace} is a view, not a collection`,
        );
      }
      throw new CommandError('NamespaceNotFound', `Collection '${namespace}' does not exist to validate.`);
    }
    const names = ['_id_', ...collection.indexes.keys()];
    const { size } = collection.records;
    return {
      ns: namespace,
      uuid: collection.uuid.toBinary(),
      nInvalidDocuments: 0,
      nNonCompliantDocuments: 0,
      nrecords: size,
      nIndexes: names.length,
      keysPerIndex: new Map(names.map((index) => [index, size])),
      indexDetails: new Map(names.map((index) => [index, new Map([['valid', true]])])),
      valid: true,
      repaired: false,
      warnings: [],
      errors: [],
      extraIndexEntries: [],
      missingIndexEntries: [],
      corruptRecords: [],
    };
  },
};
