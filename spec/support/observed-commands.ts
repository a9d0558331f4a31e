import type { AsyncMongoClient } from '../../lib/index.js';

export interface ObservedCommand {
  readonly name: string;
  /** `host:port` of the server. */
  readonly address: string;
}

/** The commands of one name that a client sends, as its events tell them. */
export interface ObservedCommands {
  readonly started: readonly ObservedCommand[];
  readonly succeeded: readonly ObservedCommand[];
  readonly failed: readonly ObservedCommand[];
}

export const observeCommands = (client: AsyncMongoClient, name: string): ObservedCommands => {
  const started: ObservedCommand[] = [];
  const succeeded: ObservedCommand[] = [];
  const failed: ObservedCommand[] = [];
  const into =
    (list: ObservedCommand[]) =>
    ({
      commandName,
      connectionId,
    }: {
      readonly commandName: string;
      readonly connectionId: string;
    }): void => {
      if (commandName === name) list.push({ name: commandName, address: connectionId });
    };
  client.on('commandStarted', into(started));
  client.on('commandSucceeded', into(succeeded));
  client.on('commandFailed', into(failed));
  return { started, succeeded, failed };
};

/** Sets the fail point `failCommand` on the server that the client writes to. */
export const failCommand = async (
  client: AsyncMongoClient,
  mode: 'alwaysOn' | 'off' | { readonly times: number },
  data: object = {},
): Promise<void> => {
  await client.db('admin').command({ configureFailPoint: 'failCommand', mode, data });
};
