import type { AsyncCollection } from '../../../lib/client/async-collection.js';
import type { AsyncMongoClient } from '../../../lib/client/async-mongo-client.js';
import type { Bank } from '../invariants/bank.js';
import type { Ledger } from '../invariants/ledger.js';
import type { Call } from '../schedule.js';

/** What a caller's document looks like: it carries its caller's token. */
export interface SimulatedDocument {
  readonly _id: string;
  readonly caller: string;
  readonly v: number;
}

/** One call of a caller. */
export interface CallContext {
  readonly call: Call;
  readonly token: string;
  readonly ledger: Ledger;
  readonly bank: Bank;
  readonly client: AsyncMongoClient;
  /** One server takes all writes from the beginning to the end. */
  readonly isSteady: boolean;
  readonly collection: AsyncCollection<SimulatedDocument>;
  readonly limits: { readonly timeoutMS: number; readonly signal: AbortSignal | undefined };
}

/** What was made of it, for the log. */
export type CallOutcome = string | number;

export type PlayCall = (context: CallContext) => Promise<CallOutcome>;
