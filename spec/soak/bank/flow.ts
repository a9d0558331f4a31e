import { seededRandom, type SeededRandom } from '../../support/seeded-random.js';
import { ACCOUNTS, type Books } from './books.js';

class ChangeOfMind extends Error {}

/** Moves money between accounts, one transaction after the other; about one in ten it aborts half-way. */
export class Flow {
  readonly #books: Books;
  readonly #id: number;
  readonly #chance: SeededRandom;
  readonly committed: string[] = [];
  readonly aborted: string[] = [];
  /** An error told neither the one nor the other. */
  readonly doubtful: string[] = [];
  readonly errors: string[] = [];
  retries = 0;
  #stopped = false;

  constructor(books: Books, id: number, seed: number) {
    this.#books = books;
    this.#id = id;
    this.#chance = seededRandom(seed * 1_000 + id);
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    for (let k = 0; !this.#stopped; k++) {
      const _id = `${String(this.#id)}-${String(k)}`;
      try {
        await this.#transfer(_id);
        this.committed.push(_id);
      } catch (error) {
        if (error instanceof ChangeOfMind) this.aborted.push(_id);
        else {
          this.doubtful.push(_id);
          this.errors.push(`${_id}: ${String(error)}`);
        }
      }
    }
  }

  async #transfer(_id: string): Promise<void> {
    const { client, accounts, transfers } = this.#books;
    const from = this.#chance.integer(ACCOUNTS);
    const to = (from + 1 + this.#chance.integer(ACCOUNTS - 1)) % ACCOUNTS;
    const wanted = 1 + this.#chance.integer(50);
    const changesMind = this.#chance.integer(10) === 0;
    await client.withTransaction(
      async () => {
        const account = await accounts.findOne({ _id: from });
        const amount = Math.min(wanted, account?.balance ?? 0);
        await Promise.all([
          accounts.updateOne({ _id: from }, { $inc: { balance: -amount } }),
          transfers.insertOne({ _id, from, to, amount }),
          accounts.updateOne({ _id: to }, { $inc: { balance: amount } }),
        ]);
        if (changesMind) throw new ChangeOfMind();
      },
      { onRetry: () => this.retries++ },
    );
  }
}
