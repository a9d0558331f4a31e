import { CommandError } from '../command-error.js';
import type { Command } from './command.js';
import { collectionName, gateField } from './command-fields.js';

export const create: Command = {
  name: 'create',
  kind: 'write',
  inTransaction: true,
  stable: true,
  fields: [
    'capped',
    'autoIndexId',
    'idIndex',
    'size',
    'max',
    'storageEngine',
    'validator',
    'validationLevel',
    'validationAction',
    'indexOptionDefaults',
    'viewOn',
    'pipeline',
    'collation',
    'changeStreamPreAndPostImages',
    'timeseries',
    'expireAfterSeconds',
    'clusteredIndex',
    'encryptedFields',
    'temp',
    'comment',
    'flags',
    'recordIdsReplicated',
  ],
  run: (context, { body, database }) => {
    const name = collectionName('create', body);
    gateField(context, 'timeseries', 'create', body, 'timeseries');
    gateField(context, 'clusteredCollections', 'create', body, 'clusteredIndex');
    gateField(context, 'preImages', 'create', body, 'changeStreamPreAndPostImages');
    if (name.startsWith('system.') && !name.startsWith('system.buckets.') && name !== 'system.js') {
      throw new CommandError(
        'InvalidNamespace',
        `Cannot create a collection in the 'system' namespace: ${database}.${name}`,
      );
    }
    context.visible.create(database, name, body);
    return {};
  },
};
