import { searchNotEnabled } from '../query/pipeline/pipeline.js';
import type { Command } from './command.js';

/** Answers as a server without Atlas Search. */
export const dropSearchIndex: Command = {
  name: 'dropSearchIndex',
  kind: 'admin',
  secondary: 'never',
  since: '7.0',
  fields: ['id', 'name', 'comment'],
  run: () => {
    throw searchNotEnabled();
  },
};
