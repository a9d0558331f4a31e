import type { Command } from './command.js';
import type { User } from '../auth/user-store.js';
import { CommandError } from '../command-error.js';
import { isArray, type Maybe } from '../query/value.js';

/** Whether `usersInfo: selector` means this user. */
const selects = (selector: Maybe, user: User, database: string): boolean => {
  if (selector === 1) return user.database === database;
  if (typeof selector === 'string') return user.user === selector && user.database === database;
  if (isArray(selector)) return selector.some((entry) => selects(entry, user, database));
  if (!(selector instanceof Map))
    throw new CommandError('BadValue', 'User and role names must be either strings or objects');
  if (selector.get('forAllDBs') === true) return true;
  return user.user === selector.get('user') && user.database === selector.get('db');
};

export const usersInfo: Command = {
  name: 'usersInfo',
  kind: 'admin',
  run: ({ cluster }, { body, database }) => ({
    users: [...cluster.users.all()]
      .filter((user) => selects(body.get('usersInfo'), user, database))
      .map((user) => ({
        _id: `${user.database}.${user.user}`,
        user: user.user,
        db: user.database,
        roles: user.roles.map(({ role, db }) => ({ role, db })),
        ...(user.customData !== undefined && { customData: user.customData }),
        mechanisms: [...user.credentials.keys()],
      })),
  }),
};
