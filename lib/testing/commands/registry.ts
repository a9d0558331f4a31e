import type { Command } from './command.js';

/** Every command of the deployment; one line each. */
const COMMANDS: readonly Command[] = [
];

const byName = new Map<string, Command>();
for (const command of COMMANDS) {
  for (const name of [command.name, ...(command.aliases ?? [])]) byName.set(name, command);
}

/** The command of that name or alias; names are case-sensitive. */
export const findCommand = (name: string): Command | undefined => byName.get(name);

export const allCommands = (): readonly Command[] => COMMANDS;
