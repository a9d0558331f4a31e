import { CommandError } from '../command-error.js';

const MAX_NAMESPACE_BYTES = 255;

/** Refuses names of databases that the server refuses (manual: "Naming Restrictions"). */
export const checkDatabaseName = (name: string): void => {
  if (name === '' || /[/\\. "$*<>:|?\0]/.test(name) || Buffer.byteLength(name) > 63) {
    throw new CommandError('InvalidNamespace', `Invalid database name: '${name}'`);
  }
};

/** Refuses names of collections that the server refuses. */
export const checkCollectionName = (database: string, name: string): void => {
  if (name === '' || name.startsWith('.') || name.includes('\0')) {
    throw new CommandError('InvalidNamespace', `Invalid namespace specified '${database}.${name}'`);
  }
  if (name.includes('$')) throw new CommandError('InvalidNamespace', `Invalid collection name: ${name}`);
  const bytes = Buffer.byteLength(`${database}.${name}`);
  if (bytes > MAX_NAMESPACE_BYTES) {
    throw new CommandError(
      'InvalidNamespace',
      `Fully qualified namespace is too long. Namespace: ${database}.${name} Max: ${MAX_NAMESPACE_BYTES}`,
    );
  }
};

/** `db.collection` taken apart at its first dot. */
export const splitNamespace = (namespace: string): readonly [database: string, collection: string] => {
  const dot = namespace.indexOf('.');
  if (dot <= 0 || dot === namespace.length - 1) {
    throw new CommandError('InvalidNamespace', `Invalid namespace specified '${namespace}'`);
  }
  return [namespace.slice(0, dot), namespace.slice(dot + 1)];
};
