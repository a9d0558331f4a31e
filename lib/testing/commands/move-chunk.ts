import { chunkPlace } from './chunk-place.js';
import type { Command } from './command.js';
import { requiredString } from './command-fields.js';
import { requireSharding } from './router-only.js';

export const moveChunk: Command = {
  name: 'moveChunk',
  kind: 'admin',
  adminOnly: true,
  takesWriteConcern: () => true,
  run: (context, { body }) => {
    const { spread, place } = chunkPlace(context, 'moveChunk', body, 'find');
    const to = requiredString('moveChunk', body, 'to');
    spread.move(place, requireSharding(context, 'moveChunk').named(to));
    return { millis: 0 };
  },
};
