import type { Document } from '../bson/document.js';
import { parseCursorReply } from './cursor-reply.js';
import type { Operation } from './operation.js';

/** The number of what a server does for one connection at the moment; `undefined` where that is nothing. Servers 4.0 and later. */
export const runningOn = (connectionId: bigint): Operation<unknown> => ({
  name: 'aggregate',
  database: 'admin',
  access: 'read',
  retry: 'none',
  build: () => ({
    name: 'aggregate',
    database: 'admin',
    body: {
      aggregate: 1,
      // Routers tell what they do themselves; killing that ends what the shards do for it, too.
      pipeline: [
        { $currentOp: { localOps: true } },
        { $match: { connectionId, active: true } },
        { $project: { opid: 1 } },
      ],
      cursor: {},
    },
  }),
  parse: (reply, target) => {
    const { batch } = parseCursorReply('$currentOp', 'firstBatch', reply, target);
    return batch.remaining === 0 ? undefined : (batch.next() as Document)['opid'];
  },
});

export const killOp = (operationId: unknown): Operation<undefined> => ({
  name: 'killOp',
  database: 'admin',
  access: 'read',
  retry: 'none',
  build: () => ({ name: 'killOp', database: 'admin', body: { killOp: 1, op: operationId } }),
  // What is over by now needs no end.
  parse: () => undefined,
});
