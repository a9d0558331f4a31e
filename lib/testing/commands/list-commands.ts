import type { Command } from './command.js';

/** `all` gives the commands of the registry, which this one is itself part of. */
export const listCommands = (all: () => readonly Command[]): Command => ({
  name: 'listCommands',
  kind: 'admin',
  needsAuth: false,
  run: ({ version }) => ({
    commands: Object.fromEntries(
      all()
        .filter(({ since }) => since === undefined || version.atLeast(since))
        .map((command) => [
          command.name,
          {
            help: '',
            requiresAuth: command.needsAuth !== false,
            secondaryOk: command.kind !== 'write',
            adminOnly: command.adminOnly === true,
            apiVersions: command.stable === true ? ['1'] : [],
            deprecatedApiVersions: [],
          },
        ]),
    ),
  }),
});
