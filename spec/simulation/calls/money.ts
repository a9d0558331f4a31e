import type { AsyncCollection } from '../../../lib/client/async-collection.js';
import type { AsyncClientSession } from '../../../lib/client/session.js';
import type { Account, Transfer } from '../invariants/bank.js';
import type { CallContext, CallOutcome, PlayCall } from './call-context.js';

/** A caller gives up in the middle of its transaction. */
export class ChangeOfMind extends Error {}

const accountsOf = ({ client }: CallContext): AsyncCollection<Account> =>
  client.db('simulation').collection<Account>('accounts');

/** The statements of a transfer; `session` is left out where they find it by themselves. */
const move = async (
  context: CallContext,
  { id, from, to, amount }: Transfer,
  session: AsyncClientSession | undefined,
): Promise<void> => {
  const { call, client, token } = context;
  const accounts = accountsOf(context);
  const options = session === undefined ? {} : { session };
  const statements = [
    () => accounts.updateOne({ _id: from }, { $inc: { balance: -amount } }, options),
    () => accounts.updateOne({ _id: to }, { $inc: { balance: amount } }, options),
    () =>
      client
        .db('simulation')
        .collection<{ _id: string; caller: string }>('transfers')
        .insertOne({ _id: id, caller: token }, options),
  ];
  // All at once: they wait for each other, and only the first of them begins the transaction.
  if (call.size > 3) await Promise.all(statements.map((run) => run()));
  else for (const run of statements) await run();
  if (call.size === 1) throw new ChangeOfMind(`${id} is given up`);
};

const transferBy =
  (
    run: (context: CallContext, body: (session?: AsyncClientSession) => Promise<void>) => Promise<void>,
  ): PlayCall =>
  async (context): Promise<CallOutcome> => {
    const { bank, call, token } = context;
    if (bank.accounts < 2) return 'no accounts';
    const transfer = bank.begin(token, call.pick, call.size);
    try {
      await run(context, (session) => move(context, transfer, session));
      if (call.w === 'majority') transfer.state = 'committed';
    } catch (error) {
      if (error instanceof ChangeOfMind) transfer.state = 'aborted';
      throw error;
    }
    return transfer.id;
  };

const transactionOptions = ({ call, limits }: CallContext) => ({ ...limits, writeConcern: { w: call.w } });

export const transfer = transferBy(async (context, body) => {
  await using session = context.client.startSession({ defaultTimeoutMS: context.limits.timeoutMS });
  await session.withTransaction(() => body(session), transactionOptions(context));
});

export const transferInScope = transferBy((context, body) =>
  context.client.withTransaction(() => body(), transactionOptions(context)),
);

/** All accounts as they were at one moment, in small batches. */
export const balances: PlayCall = async (context) => {
  const { bank, call, client, limits, token } = context;
  if (bank.accounts < 2) return 'no accounts';
  const find = (session: AsyncClientSession): Promise<Account[]> =>
    accountsOf(context).find({}, { session, batchSize: call.size }).toArray();
  await using session = client.startSession({ defaultTimeoutMS: limits.timeoutMS });
  const seen = await session.withTransaction(() => find(session), {
    ...limits,
    readConcern: { level: 'snapshot' },
    readPreference: 'primary',
  });
  bank.checkSnapshot(token, seen);
  return seen.length;
};
