import type { Command } from './command.js';

/** A command of the server's test builds that is in API version 2 alone: refused under apiStrict with version 1. */
export const testVersion2: Command = {
  name: 'testVersion2',
  kind: 'admin',
  since: '5.0',
  run: () => ({}),
};
