import { PLAIN_EVALUATION } from '../query/evaluation.js';
import { compileFilter } from '../query/matcher.js';
import type { Doc, Value } from '../query/value.js';
import { databaseFigures } from '../store/statistics.js';
import type { CommandContext } from './context.js';
import { boolField, docField } from './command-fields.js';
import type { Command } from './command.js';

/** Databases that every deployment has. */
const SYSTEM = ['admin', 'config', 'local'];
const SYSTEM_BYTES = 40960;

const entries = ({ store, cluster }: CommandContext): Doc[] => {
  const own = new Map(store.databases().map((database) => [database.name, database]));
  const system = cluster.topology === 'sharded' ? SYSTEM.filter((name) => name !== 'local') : SYSTEM;
  return [...new Set([...own.keys(), ...system])].sort().map((name) => {
    const { dataSize, indexSize } = databaseFigures(own.get(name)?.collections.values() ?? []);
    const size = dataSize + indexSize + (system.includes(name) ? SYSTEM_BYTES : 0);
    return new Map<string, Value>([
      ['name', name],
      ['sizeOnDisk', BigInt(size)],
      ['empty', false],
    ]);
  });
};

export const listDatabases: Command = {
  name: 'listDatabases',
  kind: 'admin',
  secondary: 'opt-in',
  adminOnly: true,
  stable: true,
  fields: ['filter', 'nameOnly', 'authorizedDatabases', 'comment'],
  run: (context, { body }) => {
    const matches = compileFilter(docField('listDatabases', body, 'filter') ?? new Map(), PLAIN_EVALUATION);
    const shown = entries(context).filter((doc) => matches(doc));
    if (boolField('listDatabases', body, 'nameOnly')) {
      return { databases: shown.map((doc) => new Map([['name', doc.get('name')]])) };
    }
    const total = shown.reduce((sum, doc) => sum + (doc.get('sizeOnDisk') as bigint), 0n);
    return { databases: shown, totalSize: total, totalSizeMb: total / 1048576n };
  },
};
