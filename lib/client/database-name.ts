import { describe } from '../operations/document-shape.js';
import { checkDatabaseName } from '../options/names.js';
import { AsyncDatabase } from './database-handle.js';

/** The name of a database that is given by name or by handle. Throws `TypeError` or `InvalidName`. */
export const databaseName = (nameOrDatabase: unknown): string => {
  const name =
    typeof nameOrDatabase === 'object' && nameOrDatabase instanceof AsyncDatabase
      ? nameOrDatabase.name
      : nameOrDatabase;
  if (typeof name !== 'string') {
    throw new TypeError(`A database must be given by name or as an AsyncDatabase, not as ${describe(name)}`);
  }
  checkDatabaseName(name);
  return name;
};
