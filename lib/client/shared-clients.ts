import { isDeepStrictEqual } from 'node:util';
import type { ConstructorArguments } from '../options/constructor-arguments.js';

interface SharedClient {
  readonly given: ConstructorArguments;
  readonly client: unknown;
}

/** On the global object, where another copy of this module, such as one reloaded by a bundler, finds them. */
const SHARED = Symbol.for('asyncmongo.sharedClients');

const sharedClients = (): Set<SharedClient> => {
  const home = globalThis as { [SHARED]?: Set<SharedClient> };
  return (home[SHARED] ??= new Set());
};

/** The client that was made of equal arguments and is not closed, or else the one that `make` returns. */
export const sharedClient = <TClient>(given: ConstructorArguments, make: () => TClient): TClient => {
  for (const shared of sharedClients()) {
    if (isDeepStrictEqual(shared.given, given)) return shared.client as TClient;
  }
  const client = make();
  sharedClients().add({ given, client });
  return client;
};

/** A client that closes is shared no more. */
export const stopSharing = (client: unknown): void => {
  for (const shared of sharedClients()) {
    if (shared.client === client) sharedClients().delete(shared);
  }
};
