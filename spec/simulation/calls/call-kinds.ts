export const CALL_KINDS = [
  'insertOne',
  'insertMany',
  'increment',
  'incrementAndGet',
  'deleteOne',
  'bulkWrite',
  'unacknowledged',
  'findOne',
  'findAll',
  'findSome',
  'count',
  'aggregate',
  'ping',
  'transfer',
  'transferInScope',
  'balances',
  'request',
] as const;

export type CallKind = (typeof CALL_KINDS)[number];
