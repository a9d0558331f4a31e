import type { CallContext, PlayCall } from './call-context.js';

const own = ({ token }: CallContext): { readonly caller: string } => ({ caller: token });

export const findOne: PlayCall = async (context) => {
  const { ledger, token, call, collection, limits } = context;
  const entry = ledger.choose(token, call.pick);
  const document = await collection.findOne(entry === undefined ? own(context) : { _id: entry.id }, limits);
  if (document !== null) ledger.checkRead(token, document);
  return document === null ? 'none' : String(document.v);
};

export const findAll: PlayCall = async (context) => {
  const { ledger, token, call, collection, limits } = context;
  const documents = await collection.find(own(context), { ...limits, batchSize: call.size }).toArray();
  for (const document of documents) ledger.checkRead(token, document);
  return documents.length;
};

/** Goes away in the middle: the server's cursor has to be ended. */
export const findSome: PlayCall = async (context) => {
  const { ledger, token, call, collection, limits } = context;
  let left = Math.floor(call.pick * 2 * call.size);
  let found = 0;
  for await (const document of collection.find(own(context), { ...limits, batchSize: call.size })) {
    ledger.checkRead(token, document);
    found++;
    if (left-- === 0) break;
  }
  return found;
};

export const count: PlayCall = (context) => context.collection.countDocuments(own(context), context.limits);

export const aggregate: PlayCall = async (context) => {
  const { ledger, token, collection, limits, call } = context;
  const pipeline = [{ $match: own(context) }, { $sort: { v: 1 } }];
  const documents = await collection.aggregate(pipeline, { ...limits, batchSize: call.size }).toArray();
  for (const document of documents) ledger.checkRead(token, document);
  return documents.length;
};

export const ping: PlayCall = async ({ client, limits }) => {
  const answers = await client.ping(limits);
  return answers ? 'ok' : 'no answer';
};
