import { splitNamespace } from '../store/namespace.js';

/** What a change stream watches: a collection, a database (no name), or all databases (neither). */
export interface StreamScope {
  readonly database: string | undefined;
  readonly name: string | undefined;
}

const INTERNAL_DATABASES: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

/** Whether events on that namespace belong to the stream. */
export const watches = (scope: StreamScope, namespace: string): boolean => {
  const [database, name] = splitNamespace(namespace);
  if (scope.name !== undefined) return database === scope.database && name === scope.name;
  if (name.startsWith('system.')) return false;
  return scope.database === undefined ? !INTERNAL_DATABASES.has(database) : database === scope.database;
};

export const watchesDatabase = (scope: StreamScope, database: string): boolean =>
  scope.name === undefined &&
  (scope.database === undefined ? !INTERNAL_DATABASES.has(database) : scope.database === database);
