import type { PlayCall, SimulatedDocument } from './call-context.js';

/** Writes nobody acknowledges, then a read that has to see them all. */
export const request: PlayCall = async ({ call, client, collection, isSteady, ledger, limits, token }) => {
  const entries = Array.from({ length: call.size }, () => ledger.add(token));
  for (const entry of entries) entry.doubtful = true;
  const ids = entries.map(({ id }) => id);
  const found = await client.withRequest(async () => {
    for (const _id of ids) {
      const document: SimulatedDocument = { _id, caller: token, v: 0 };
      await collection.insertOne(document, { ...limits, writeConcern: { w: 0 } });
    }
    return await collection.find({ _id: { $in: ids } }, { ...limits, readPreference: 'primary' }).toArray();
  });
  for (const document of found) ledger.checkRead(token, document);
  if (isSteady) ledger.checkRequest(token, ids, found);
  return found.length;
};
