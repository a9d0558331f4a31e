import { chunkPlace } from './chunk-place.js';
import type { Command } from './command.js';

export const split: Command = {
  name: 'split',
  kind: 'admin',
  adminOnly: true,
  run: (context, { body }) => {
    const { spread, place } = chunkPlace(context, 'split', body, 'middle');
    spread.split(place);
    return {};
  },
};
