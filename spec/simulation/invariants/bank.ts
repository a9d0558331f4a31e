import type { Document } from '../../../lib/bson/document.js';
import type { Judge } from './breach.js';

/** What every account has in the beginning. */
const OPENING = 100;

/** Money that moves from one account to another in one transaction, which also inserts this. */
export interface Transfer {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly amount: number;
  /** `unknown` until its caller was told, and for good where it was told nothing certain. */
  state: 'committed' | 'aborted' | 'unknown';
}

export interface Account {
  readonly _id: number;
  readonly balance: number;
}

/** Accounts, what is in them together, and the transfers that callers were told of. */
export class Bank {
  readonly accounts: number;
  readonly transfers = new Map<string, Transfer>();
  readonly #judge: Judge;

  constructor(judge: Judge, accounts: number) {
    this.#judge = judge;
    this.accounts = accounts;
  }

  /** What there is before anybody calls. */
  get opening(): Account[] {
    return Array.from({ length: this.accounts }, (_, _id) => ({ _id, balance: OPENING }));
  }

  /** A transfer that is about to be tried: `pick` chooses the accounts. */
  begin(token: string, pick: number, amount: number): Transfer {
    const from = Math.floor(pick * this.accounts);
    const to = (from + 1 + (Math.floor(pick * 7919) % (this.accounts - 1))) % this.accounts;
    const transfer: Transfer = {
      id: `${token}.${String(this.transfers.size)}`,
      from,
      to,
      amount,
      state: 'unknown',
    };
    this.transfers.set(transfer.id, transfer);
    return transfer;
  }

  /** What somebody saw of all accounts at one moment. */
  checkSnapshot(who: string, accounts: readonly Account[]): void {
    const sum = accounts.reduce((total, { balance }) => total + balance, 0);
    if (sum === this.accounts * OPENING && accounts.length === this.accounts) return;
    this.#judge.complain(
      'money is conserved',
      `${who} sees ${String(sum)} in ${String(accounts.length)} accounts: ${JSON.stringify(accounts)}`,
    );
  }

  /** What the deployment has in the end: each account has what the transfers that are there have left in it. */
  audit(accounts: readonly Account[], transfers: readonly Document[]): void {
    this.checkSnapshot('the auditor', accounts);
    const balances = this.opening.map(({ balance }) => balance);
    const found = new Set(transfers.map((transfer) => transfer['_id'] as string));
    for (const { id, from, to, amount, state } of this.transfers.values()) {
      if (state === 'committed' && !found.has(id))
        this.#judge.complain('nothing lost', `transfer ${id} was committed and is missing`);
      if (state === 'aborted' && found.has(id))
        this.#judge.complain('money is conserved', `transfer ${id} was aborted and is there`);
      if (!found.has(id)) continue;
      balances[from]! -= amount;
      balances[to]! += amount;
    }
    for (const { _id, balance } of accounts) {
      if (balance === balances[_id]) continue;
      this.#judge.complain(
        'applied at most once',
        `account ${String(_id)} has ${String(balance)} where its transfers make ${String(balances[_id])}`,
      );
    }
  }
}
