import { AsyncLocalStorage } from 'node:async_hooks';
import { ConfigurationError } from './errors/usage.js';
import { nodeRuntime } from './node-runtime.js';
import type { Runtime } from './runtime.js';

/** The deadline that the operations of a `timeout` block share. */
export interface TimeoutBlock {
  /** Monotonic milliseconds; `Infinity` for a block without a limit. */
  readonly expiresAt: number;
  /** What the block was given; 0 for a block without a limit. */
  readonly timeoutMS: number;
}

export interface TimeoutOptions {
  /** The clock to count by: that of the clients used in the block. Default: the runtime of Node. */
  readonly runtime?: Runtime | undefined;
}

/** Made by the first block of the process: flows pay for being followed only where somebody uses this. */
let blocks: AsyncLocalStorage<TimeoutBlock> | undefined;

/** The innermost block that the running flow is in. */
export const timeoutBlock = (): TimeoutBlock | undefined => blocks?.getStore();

/** A limit in milliseconds, as options and arguments give it; 0, `null` and `undefined` are no limit. */
export const checkTimeout = (ms: unknown): void => {
  if (ms == null) return;
  if (typeof ms !== 'number' || Number.isNaN(ms))
    throw new TypeError('timeoutMS must be a number of milliseconds');
  if (ms < 0) throw new ConfigurationError('timeoutMS must not be negative');
};

/**
 * Gives all operations that `body` starts one deadline together, `ms` milliseconds from now; 0 and `null` mean no limit.
 * It takes the place of a `timeoutMS` of client, database or collection, and a `timeoutMS` of an operation can only
 * shorten it. A block inside a block ends with the outer one at the latest.
 *
 * ```ts
 * await timeout(2_000, async () => {
 *   const order = await orders.findOne({ _id });
 *   await audit.insertOne({ order });
 * });
 * ```
 *
 * The block itself is not interrupted: what fails is the operation that has no time left, with `OperationTimeout`.
 * Calls that `body` started and did not await keep the deadline.
 *
 * @throws TypeError or ConfigurationError where `ms` is no duration; otherwise what `body` throws.
 */
export const timeout = async <T>(
  ms: number | null,
  body: () => T | PromiseLike<T>,
  { runtime = nodeRuntime }: TimeoutOptions = {},
): Promise<T> => {
  checkTimeout(ms);
  const outer = timeoutBlock();
  const expiresAt = ms ? runtime.now() + ms : Infinity;
  const block: TimeoutBlock =
    outer !== undefined && outer.expiresAt <= expiresAt ? outer : { expiresAt, timeoutMS: ms ?? 0 };
  blocks ??= new AsyncLocalStorage();
  return await blocks.run(block, body);
};
