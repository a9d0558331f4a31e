import { SCRAM_MECHANISMS, type ScramMechanism } from '../auth/scram-credentials.js';
import type { Role } from '../auth/user-store.js';
import { CommandError } from '../command-error.js';
import { isArray, type Doc } from '../query/value.js';

/** `roles` of a user command: names mean roles of the command's database. */
export const rolesOf = (body: Doc, database: string): readonly Role[] | undefined => {
  const roles = body.get('roles');
  if (roles === undefined) return undefined;
  if (!isArray(roles))
    throw new CommandError('TypeMismatch', "BSON field 'roles' is the wrong type, expected type 'array'");
  return roles.map((entry) => {
    if (typeof entry === 'string') return { role: entry, db: database };
    const role = entry instanceof Map ? entry.get('role') : undefined;
    const db = entry instanceof Map ? entry.get('db') : undefined;
    if (typeof role !== 'string' || typeof db !== 'string') {
      throw new CommandError('BadValue', 'Role names must be either strings or objects with "role" and "db"');
    }
    return { role, db };
  });
};

export const mechanismsOf = (body: Doc): readonly ScramMechanism[] | undefined => {
  const mechanisms = body.get('mechanisms');
  if (mechanisms === undefined) return undefined;
  if (!isArray(mechanisms) || mechanisms.length === 0) {
    throw new CommandError('BadValue', 'mechanisms field must not be empty');
  }
  return mechanisms.map((name) => {
    const known = SCRAM_MECHANISMS.find((mechanism) => mechanism === name);
    if (known === undefined) throw new CommandError('BadValue', `Unknown auth mechanism '${String(name)}'`);
    return known;
  });
};

/** The name that is the command's own value. */
export const nameOf = (body: Doc, command: string): string => {
  const name = body.get(command);
  if (typeof name !== 'string' || name === '')
    throw new CommandError('BadValue', 'User document needs "user" field to be non-empty');
  return name;
};
