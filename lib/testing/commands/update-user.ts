import type { Command } from './command.js';
import { mechanismsOf, nameOf, rolesOf } from './user-arguments.js';

export const updateUser: Command = {
  name: 'updateUser',
  kind: 'admin',
  secondary: 'never',
  takesWriteConcern: () => true,
  run: ({ cluster }, { body, database }) => {
    const password = body.get('pwd');
    const roles = rolesOf(body, database);
    const mechanisms = mechanismsOf(body);
    cluster.users.update(database, nameOf(body, 'updateUser'), {
      ...(typeof password === 'string' && { password }),
      ...(roles && { roles }),
      ...(mechanisms && { mechanisms }),
      ...(body.has('customData') && { customData: body.get('customData') }),
    });
    return {};
  },
};
