import { ConfigurationError } from '../../core/errors/usage.js';
import type { ServerSelectorFunction } from '../../options/server-selector-function.js';
import { chooseByLoad, selectSuitable, withinLatencyWindow } from './select-servers.js';
import type { Server } from '../server.js';
import type { ServerDescription } from '../description/server-description.js';
import type { ServerSelector } from './server-selector.js';
import type { TopologyDescription } from '../description/topology-description.js';

/** What a client's options and chance add to the rules of selection. */
export interface PickRules {
  readonly localThresholdMS: number;
  readonly serverSelector?: ServerSelectorFunction | undefined;
  readonly random: () => number;
}

/**
 * One server for one operation, or none as things are (server selection specification, "Server Selection Algorithm",
 * steps 2 to 7). Throws `ConfigurationError` where no server can ever be used, and what the user's own rule throws.
 */
export const pickServer = (
  description: TopologyDescription,
  find: (address: string) => Server | undefined,
  selector: ServerSelector,
  deprioritized: readonly Server[],
  rules: PickRules,
): Server | undefined => {
  const { compatibilityError } = description;
  if (compatibilityError !== null) throw new ConfigurationError(compatibilityError);
  const avoided =
    deprioritized.length === 0 ? undefined : new Set(deprioritized.map(({ address }) => address));
  const suitable = selectSuitable(description, selector, avoided);
  if (suitable.length === 0) return undefined;
  const chosen = rules.serverSelector === undefined ? suitable : askUser(rules.serverSelector, suitable);
  const candidates = withinLatencyWindow(chosen, rules.localThresholdMS);
  return chooseByLoad(candidates, ({ address }) => find(address), rules.random);
};

const askUser = (
  serverSelector: ServerSelectorFunction,
  suitable: readonly ServerDescription[],
): readonly ServerDescription[] => {
  const chosen = serverSelector(suitable) as unknown;
  if (!Array.isArray(chosen)) throw new TypeError('The serverSelector must return a list of servers');
  return chosen as readonly ServerDescription[];
};
