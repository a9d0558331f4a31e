import { attempt, attemptIncrement, type Entry } from '../invariants/ledger.js';
import type { CallContext, CallOutcome, PlayCall, SimulatedDocument } from './call-context.js';

const documentOf = ({ id, token }: Entry): SimulatedDocument => ({ _id: id, caller: token, v: 0 });

const newEntries = ({ ledger, token, call }: CallContext): Entry[] =>
  Array.from({ length: call.size }, () => ledger.add(token));

const writeOptions = ({ call, limits }: CallContext) => ({ ...limits, writeConcern: { w: call.w } });

/** A write of one document the caller has; inserts one where it has none. */
const onOwn =
  (write: (context: CallContext, entry: Entry) => Promise<CallOutcome>): PlayCall =>
  (context) => {
    const entry = context.ledger.choose(context.token, context.call.pick);
    return entry === undefined ? insertOne(context) : write(context, entry);
  };

export const insertOne: PlayCall = async (context) => {
  const entry = context.ledger.add(context.token);
  await attempt([entry], 'present', context.call.w, () =>
    context.collection.insertOne(documentOf(entry), writeOptions(context)),
  );
  return entry.id;
};

export const insertMany: PlayCall = async (context) => {
  const entries = newEntries(context);
  const ordered = context.call.pick < 0.5;
  await attempt(entries, 'present', context.call.w, () =>
    context.collection.insertMany(entries.map(documentOf), { ...writeOptions(context), ordered }),
  );
  return entries.length;
};

export const increment = onOwn(async (context, entry) => {
  await attemptIncrement(entry, context.call.w, async () => {
    const { matchedCount } = await context.collection.updateOne(
      { _id: entry.id },
      { $inc: { v: 1 } },
      writeOptions(context),
    );
    return { applied: matchedCount === 1 };
  });
  return entry.id;
});

export const incrementAndGet = onOwn(async (context, entry) => {
  await attemptIncrement(entry, context.call.w, async () => {
    const document = await context.collection.findOneAndUpdate(
      { _id: entry.id },
      { $inc: { v: 1 } },
      { ...writeOptions(context), returnDocument: 'after' },
    );
    if (document !== null) context.ledger.checkRead(context.token, document);
    return { applied: document !== null };
  });
  return entry.id;
});

export const deleteOne = onOwn(async (context, entry) => {
  await attempt([entry], 'absent', context.call.w, () =>
    context.collection.deleteOne({ _id: entry.id }, writeOptions(context)),
  );
  return entry.id;
});

/** Inserts, and increments one that was there before: several commands where these are not mixed. */
export const bulkWrite: PlayCall = async (context) => {
  const { call, collection, ledger, token } = context;
  const known = ledger.choose(token, call.pick);
  const entries = newEntries(context);
  if (known !== undefined) known.most++;
  const inserts = entries.map((entry) => ({ insertOne: { document: documentOf(entry) } }));
  const increments =
    known === undefined ? [] : [{ updateOne: { filter: { _id: known.id }, update: { $inc: { v: 1 } } } }];
  await attempt(entries, 'present', call.w, async () => {
    const options = { ...writeOptions(context), ordered: call.pick < 0.5 };
    const { matchedCount } = await collection.bulkWrite([...increments, ...inserts], options);
    if (known !== undefined && matchedCount === 1 && call.w === 'majority') known.least++;
  });
  return entries.length;
};

/** Nobody is told what became of it. */
export const unacknowledged: PlayCall = async ({ collection, ledger, token, limits }) => {
  const entry = ledger.add(token);
  entry.doubtful = true;
  await collection.insertOne(documentOf(entry), { ...limits, writeConcern: { w: 0 } });
  return entry.id;
};
