import type { CommandContext } from './context.js';
import { CommandError } from '../command-error.js';

/** Commands that only routers know. */
export const requireRouter = ({ cluster }: CommandContext, name: string): void => {
  if (cluster.topology !== 'sharded') throw new CommandError('CommandNotFound', `no such command: '${name}'`);
};
