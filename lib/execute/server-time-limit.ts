import { clock, readClock } from '../core/clock.js';
import type { Deadline } from '../core/deadline.js';
import type { Runtime } from '../core/runtime.js';
import type { Command } from '../wire/command.js';
import type { Run } from './run.js';

/** The largest `maxTimeMS` that servers take: about 24 days. What is longer is no limit to them. */
const LONGEST_MAX_TIME_MS = 2 ** 31 - 1;

const tooLate = (deadline: Deadline, leftMS: number, roundTripMS: number): Error =>
  deadline.timeoutError(
    leftMS <= 0
      ? 'before the request was sent'
      : `before the request was sent, as ${leftMS.toFixed(1)} ms are less than a round trip (${roundTripMS.toFixed(1)} ms)`,
  );

/**
 * How long the server may take, in milliseconds (client-side operations timeout specification, "Command Execution"): what
 * is left of `timeoutMS` without the round trip, so that its own error arrives before the deadline and the connection
 * survives. Throws the error of the deadline where that is nothing. A `maxTimeMS` of the caller does not count under
 * `timeoutMS`.
 *
 * The `maxTimeMS` of a getMore is something else, the time to wait for new documents: none is added to that command, and
 * its own is cut to what is left. Without `derivesMaxTimeMS` nothing is sent either, as servers apply the limit of a
 * command to the whole life of its cursor.
 */
export const limitServerTime = (
  { name, body }: Command,
  { options: { deadline, derivesMaxTimeMS = true }, roundTrip }: Run,
  runtime: Runtime,
): number | undefined => {
  let limit = Infinity;
  if (deadline.expiresAt !== Infinity) {
    readClock(runtime);
    const leftMS = deadline.expiresAt - clock.now;
    const roundTripMS = roundTrip?.minRoundTripTime ?? 0;
    if (leftMS <= roundTripMS) throw tooLate(deadline, leftMS, roundTripMS);
    limit = leftMS - roundTripMS;
  }
  if (name === 'getMore') {
    const awaited = body['maxTimeMS'];
    if (typeof awaited === 'number' && awaited > limit) body['maxTimeMS'] = Math.ceil(limit);
    return undefined;
  }
  if (body['maxTimeMS'] !== undefined) delete body['maxTimeMS'];
  return derivesMaxTimeMS && limit <= LONGEST_MAX_TIME_MS ? Math.max(1, Math.floor(limit)) : undefined;
};
