import type { FailPoints } from '../failpoints/fail-points.js';
import type { Shard } from '../sharding/shard.js';
import type { Transaction } from './transaction.js';

/** Settles when the shard has come or gone, or a fail point was changed. */
const change = (shard: Shard, failPoints: FailPoints): Promise<void> =>
  new Promise((resolve) => {
    const wake = (): void => {
      for (const stop of stops) stop();
      resolve();
    };
    const stops = [shard.onChange(wake), failPoints.onChange(wake)];
  });

/**
 * Commits a transaction that has written on several shards, whoever waits for it. First phase: every participant that
 * is there prepares, after which neither time nor a client ends the transaction; where one is missing, all abort. Second
 * phase: the first participant, the coordinator, records the decision, and the writes take effect on all of them at one
 * moment of cluster time. A coordinator that dies in between decides when it is back.
 */
export const coordinateCommit = async (transaction: Transaction, failPoints: FailPoints): Promise<void> => {
  const [coordinator, ...others] = transaction.writers;
  if (coordinator === undefined) return;
  if (![coordinator, ...others].every(({ up }) => up)) {
    transaction.abort();
    return;
  }
  transaction.prepare();
  while (!coordinator.up || failPoints.isOn('hangBeforeWritingDecision'))
    await change(coordinator, failPoints);
  transaction.commit();
};
