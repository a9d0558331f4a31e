import type { AsyncCollection, AsyncMongoClient } from '../../../lib/index.js';

export const ACCOUNTS = 20;
export const START_BALANCE = 1_000;

export interface Account {
  readonly _id: number;
  readonly balance: number;
}

/** Written in the transaction that moves the money. */
export interface Transfer {
  readonly _id: string;
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

export interface Books {
  readonly client: AsyncMongoClient;
  readonly accounts: AsyncCollection<Account>;
  readonly transfers: AsyncCollection<Transfer>;
}
