import { CommandError } from '../command-error.js';
import { collectionStats } from '../store/statistics.js';
import type { Command } from './command.js';
import { collectionName, countField } from './command-fields.js';

export const collStats: Command = {
  name: 'collStats',
  aliases: ['collstats'],
  kind: 'admin',
  secondary: 'opt-in',
  fields: ['scale', 'comment'],
  run: ({ store }, { body, database, name: command }) => {
    const name = collectionName(command, body);
    const scale = countField('collStats', body, 'scale') ?? 1;
    if (scale === 0) throw new CommandError('BadValue', 'scale has to be >= 1');
    const collection = store.collection(database, name);
    if (collection !== undefined) return Object.fromEntries(collectionStats(collection, scale));
    if (store.view(database, name) !== undefined) {
      throw new CommandError(
        'CommandNotSupportedOnView',
        `Namespace ${database}.${name} is a view, not a collection`,
      );
    }
    return {
      ns: `${database}.${name}`,
      size: 0,
      count: 0,
      storageSize: 0,
      totalSize: 0,
      nindexes: 0,
      totalIndexSize: 0,
      indexDetails: {},
      indexSizes: {},
      scaleFactor: scale,
    };
  },
};
