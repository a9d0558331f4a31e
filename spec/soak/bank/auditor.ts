import { setTimeout as pause } from 'node:timers/promises';
import { ACCOUNTS, START_BALANCE, type Books } from './books.js';

/** Adds all balances up in snapshots, on whatever member, twice in each: they have to agree. */
export class Auditor {
  readonly #books: Books;
  readonly faults: string[] = [];
  reads = 0;
  /** Reads that no server could answer, for instance while there was no primary. */
  refused = 0;
  #stopped = false;

  constructor(books: Books) {
    this.#books = books;
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      await using session = this.#books.client.startSession({ snapshot: true });
      try {
        await this.#add(() =>
          this.#books.accounts.find({}, { session, readPreference: 'nearest' }).toArray(),
        );
        await this.#add(() => this.#books.accounts.find({}, { session, batchSize: 7 }).toArray());
      } catch {
        this.refused++;
      }
      await pause(20);
    }
  }

  async #add(read: () => Promise<{ readonly balance: number }[]>): Promise<void> {
    const balances = await read();
    this.reads++;
    const sum = balances.reduce((total, { balance }) => total + balance, 0);
    if (balances.length === ACCOUNTS && sum === ACCOUNTS * START_BALANCE) return;
    this.faults.push(`${String(sum)} in ${String(balances.length)} accounts`);
  }
}
