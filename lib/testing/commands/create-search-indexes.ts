import { searchNotEnabled } from '../query/pipeline/pipeline.js';
import type { Command } from './command.js';

/** Answers as a server without Atlas Search. */
export const createSearchIndexes: Command = {
  name: 'createSearchIndexes',
  kind: 'admin',
  secondary: 'never',
  since: '7.0',
  fields: ['indexes', 'comment'],
  run: () => {
    throw searchNotEnabled();
  },
};
