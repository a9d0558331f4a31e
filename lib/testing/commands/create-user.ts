import type { Command } from './command.js';
import { CommandError } from '../command-error.js';
import { mechanismsOf, nameOf, rolesOf } from './user-arguments.js';

export const createUser: Command = {
  name: 'createUser',
  kind: 'admin',
  secondary: 'never',
  takesWriteConcern: () => true,
  run: ({ cluster }, { body, database }) => {
    const password = body.get('pwd');
    const roles = rolesOf(body, database);
    const mechanisms = mechanismsOf(body);
    if (roles === undefined)
      throw new CommandError(40414, "BSON field 'createUser.roles' is missing but a required field");
    if (typeof password !== 'string' || password === '') {
      throw new CommandError(
        'BadValue',
        "Must provide a 'pwd' field for all user documents, except those with '$external' as the user's source db",
      );
    }
    cluster.users.create({
      user: nameOf(body, 'createUser'),
      database,
      password,
      roles,
      ...(mechanisms && { mechanisms }),
      customData: body.get('customData'),
    });
    return {};
  },
};
