import { CommandError } from '../command-error.js';
import { exactInteger } from '../query/number.js';
import { collectionName, requiredArray } from './command-fields.js';
import type { Command } from './command.js';

export const killCursors: Command = {
  name: 'killCursors',
  kind: 'admin',
  stable: true,
  inTransaction: true,
  fields: ['cursors'],
  run: ({ cursors }, { body, database }) => {
    const namespace = `${database}.${collectionName('killCursors', body)}`;
    const killed: bigint[] = [];
    const notFound: bigint[] = [];
    for (const value of requiredArray('killCursors', body, 'cursors')) {
      const id = typeof value === 'bigint' ? value : exactInteger(value);
      if (id === undefined)
        throw new CommandError(
          'TypeMismatch',
          "BSON field 'killCursors.cursors' must hold values of type 'long'",
        );
      const cursor = cursors.get(id);
      (cursor !== undefined && cursor.namespace === namespace && cursors.kill(id) ? killed : notFound).push(
        id,
      );
    }
    return { cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [] };
  },
};
