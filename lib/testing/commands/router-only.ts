import type { CommandContext } from './context.js';
import { CommandError } from '../command-error.js';
import type { Sharding } from '../sharding/sharding.js';

/** What only routers know. Throws CommandNotFound on any other server. */
export const requireSharding = ({ cluster }: CommandContext, command: string): Sharding => {
  if (cluster.sharding === undefined) {
    throw new CommandError('CommandNotFound', `no such command: '${command}'`);
  }
  return cluster.sharding;
};
