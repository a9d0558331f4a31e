import { Double } from 'bson';
import { CommandError } from '../command-error.js';
import { databaseFigures } from '../store/statistics.js';
import type { Command } from './command.js';
import { countField } from './command-fields.js';

export const dbStats: Command = {
  name: 'dbStats',
  aliases: ['dbstats'],
  kind: 'admin',
  secondary: 'opt-in',
  fields: ['scale', 'freeStorage', 'comment'],
  run: ({ store }, { body, database }) => {
    const scale = countField('dbStats', body, 'scale') ?? 1;
    if (scale === 0) throw new CommandError('BadValue', 'scale must be greater than 0');
    const home = store.database(database);
    const { objects, dataSize, indexes, indexSize } = databaseFigures(home?.collections.values() ?? []);
    const scaled = (bytes: number): Double => new Double(bytes / scale);
    return {
      db: database,
      collections: BigInt(home?.collections.size ?? 0),
      views: BigInt(home?.views.size ?? 0),
      objects: BigInt(objects),
      avgObjSize: new Double(objects === 0 ? 0 : dataSize / objects),
      dataSize: scaled(dataSize),
      storageSize: scaled(dataSize),
      indexes: BigInt(indexes),
      indexSize: scaled(indexSize),
      totalSize: scaled(dataSize + indexSize),
      scaleFactor: BigInt(scale),
      fsUsedSize: new Double(0),
      fsTotalSize: new Double(0),
    };
  },
};
