import type { Command } from './command.js';

export const connectionStatus: Command = {
  name: 'connectionStatus',
  kind: 'admin',
  needsAuth: false,
  run: ({ connection, cluster }, { body }) => {
    const identity = connection.user;
    const user = identity && cluster.users.find(identity.database, identity.user);
    return {
      authInfo: {
        authenticatedUsers: identity === undefined ? [] : [{ user: identity.user, db: identity.database }],
        authenticatedUserRoles: (user?.roles ?? []).map(({ role, db }) => ({ role, db })),
        ...(body.get('showPrivileges') === true && { authenticatedUserPrivileges: [] }),
      },
    };
  },
};
