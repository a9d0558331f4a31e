import { isAsyncMongoError } from '../../lib/core/errors/predicates.js';
import type { SimulatedDocument } from './calls/call-context.js';
import { ChangeOfMind } from './calls/money.js';
import { CALLS } from './calls/play-call.js';
import type { Call, CallerPlan } from './schedule.js';
import type { SimulatedClient } from './simulated-client.js';
import type { World } from './world.js';

/**
 * What a call may take after its time was over or it was aborted (client-side operations timeout specification): to leave a
 * cursor takes the whole time once more ("Cursors"), as does to abort a transaction ("Convenient Transactions API") and to
 * end its session after that.
 */
const farewellMS = ({ kind, timeoutMS }: Call): number => {
  switch (kind) {
    case 'findSome':
      return timeoutMS;
    case 'request':
      return 5_000;
    case 'transfer':
    case 'transferInScope':
    case 'balances':
      return 2 * timeoutMS;
    default:
      return 0;
  }
};

/** The reason of a caller's own abort. */
class Aborted extends Error {}

/** Plays the calls of one caller, one after the other, and looks at how each ends. */
export const playCaller = async (
  world: World,
  token: string,
  plan: CallerPlan,
  client: SimulatedClient,
): Promise<void> => {
  await client.sleep(plan.startMS);
  for (const [index, call] of plan.calls.entries()) {
    await client.sleep(call.pauseMS);
    if (client.isClosed) return;
    await playOne(world, token, `${token} ${String(index)} ${call.kind}`, call, client);
  }
};

const isReason = (error: unknown, signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true && error === signal.reason;

const playOne = async (
  world: World,
  token: string,
  name: string,
  call: Call,
  client: SimulatedClient,
): Promise<void> => {
  const { judge, ledger, bank, log } = world;
  const controller = call.abortAfterMS === undefined ? undefined : new AbortController();
  const signal = controller?.signal;
  if (signal !== undefined) client.signals.push([name, signal]);
  const timer =
    controller &&
    client.runtime.setTimer(call.abortAfterMS!, () => controller.abort(new Aborted(`${name} is aborted`)));
  const limitMS = Math.min(call.timeoutMS, call.abortAfterMS ?? Infinity);
  const collection = client.client.db('simulation').collection<SimulatedDocument>('documents');
  try {
    const outcome = await client.deadlines.within(
      limitMS,
      name,
      CALLS[call.kind]({
        call,
        token,
        ledger,
        bank,
        client: client.client,
        isSteady: world.isSteady,
        collection,
        limits: { timeoutMS: call.timeoutMS, signal },
      }),
      farewellMS(call),
    );
    log.note(`${name}: ${String(outcome)}`);
  } catch (error) {
    log.note(`${name}: ${error instanceof Error ? `${error.name} ${error.message}` : String(error)}`);
    if (!isReason(error, signal) && !(error instanceof ChangeOfMind) && !isAsyncMongoError(error)) {
      judge.complain(
        'errors of its own',
        `${name}: ${error instanceof Error ? error.stack! : String(error)}`,
      );
    }
  } finally {
    timer?.clear();
  }
};
