import { expect } from '@jest/globals';
import type { AsyncMongoClient, Document } from '../../lib/index.js';
import { startDeployment } from '../../lib/testing.js';
import { clientOf } from '../client/client-fixture.js';
import { failCommand, observeCommands } from './observed-commands.js';

/**
 * Runs an operation twice at the same time over one connection, where the first attempt fails with a state change: the other
 * one finds the pool cleared, and both are tried again. "PoolClearedError Retryability Test" of the prose of
 * retryable reads and retryable writes.
 */
export const expectRetryOverClearedPool = async (
  commandName: string,
  failure: Document,
  run: (client: AsyncMongoClient) => Promise<unknown>,
): Promise<void> => {
  const deployment = await startDeployment({ topology: 'replicaset' });
  try {
    // A fail point changes nothing about the server, so that one that is listened to would not tell of it.
    const client = clientOf(deployment.uri, { maxPoolSize: 1, serverMonitoringMode: 'poll' });
    const order: string[] = [];
    client.on('connectionCheckedOut', () => order.push('out'));
    client.on('connectionCheckOutFailed', ({ reason }) => order.push(`failed: ${reason}`));
    client.on('connectionPoolCleared', () => order.push('cleared'));
    await client.connect();
    await failCommand(
      client,
      { times: 1 },
      { failCommands: [commandName], errorCode: 91, blockConnection: true, blockTimeMS: 200, ...failure },
    );
    const { started } = observeCommands(client, commandName);
    order.length = 0;
    await Promise.all([run(client), run(client)]);
    expect(order.slice(0, 3)).toEqual(['out', 'cleared', 'failed: connectionError']);
    expect(started).toHaveLength(3);
  } finally {
    await deployment.stop();
  }
};
