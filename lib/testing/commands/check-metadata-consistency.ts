import type { Command } from './command.js';
import { IterableSource } from '../store/cursor.js';
import { firstBatch } from './cursor-reply.js';
import { requireSharding } from './router-only.js';

/** Finds nothing: the routers know one and the same, so nothing can disagree. */
export const checkMetadataConsistency: Command = {
  name: 'checkMetadataConsistency',
  kind: 'read',
  secondary: 'never',
  since: '7.0',
  run: (context, { database }) => {
    requireSharding(context, 'checkMetadataConsistency');
    return firstBatch(context, {
      namespace: `${database}.$cmd.aggregate`,
      source: new IterableSource([]),
      batchSize: undefined,
      command: 'checkMetadataConsistency',
    });
  },
};
