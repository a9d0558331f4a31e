import type { PlayCall } from './call-context.js';
import type { CallKind } from './call-kinds.js';
import { balances, transfer, transferInScope } from './money.js';
import { aggregate, count, findAll, findOne, findSome, ping } from './reads.js';
import { request } from './request.js';
import {
  bulkWrite,
  deleteOne,
  increment,
  incrementAndGet,
  insertMany,
  insertOne,
  unacknowledged,
} from './writes.js';

export const CALLS: Readonly<Record<CallKind, PlayCall>> = {
  insertOne,
  insertMany,
  increment,
  incrementAndGet,
  deleteOne,
  bulkWrite,
  unacknowledged,
  findOne,
  findAll,
  findSome,
  count,
  aggregate,
  ping,
  transfer,
  transferInScope,
  balances,
  request,
};
