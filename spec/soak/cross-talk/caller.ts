import { OperationTimeout, type AsyncCollection, type Document } from '../../../lib/index.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import { Enough } from './late-replies.js';

export interface Paper extends Document {
  readonly _id: string;
  readonly owner: number;
}

/** More than the first batch. */
export const PAPERS_EACH = 7;
const BATCH = 3;

/** Of a hundred operations so many have a deadline, so many a signal, so many both; some aborts kill the work, too. */
const DEADLINE_PERCENT = 40;
const SIGNAL_PERCENT = 40;
const KILL_PERCENT = 25;
const LONGEST_MS = 60;

interface Limits {
  readonly timeoutMS?: number;
  readonly signal?: AbortSignal;
  readonly killOnAbort?: boolean;
}

/** One caller, who puts a new token into each request and looks for it in each document that comes back. */
export class Caller {
  readonly #papers: AsyncCollection<Paper>;
  readonly #id: number;
  readonly #chance: SeededRandom;
  readonly crossTalk: string[] = [];
  readonly faults: string[] = [];
  documents = 0;
  answered = 0;
  timedOut = 0;
  aborted = 0;
  #operations = 0;

  constructor(papers: AsyncCollection<Paper>, id: number, chance: SeededRandom) {
    this.#papers = papers;
    this.#id = id;
    this.#chance = chance;
  }

  async operate(): Promise<void> {
    const token = `${String(this.#id)}/${String(++this.#operations)}`;
    const reason = new Enough(token);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(reason), 1 + this.#chance.integer(LONGEST_MS));
    try {
      await this.#chance.pick([this.#findOne, this.#find, this.#aggregate, this.#update])(
        token,
        this.#limits(controller.signal),
      );
      this.answered++;
    } catch (error) {
      if (error === reason) this.aborted++;
      else if (error instanceof OperationTimeout) this.timedOut++;
      else if (error instanceof Enough) this.crossTalk.push(`${token} got the abort of ${error.message}`);
      else this.faults.push(`${token}: ${String(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  #limits(signal: AbortSignal): Limits {
    const percent = (): number => this.#chance.integer(100);
    return {
      ...(percent() < DEADLINE_PERCENT && { timeoutMS: 1 + this.#chance.integer(LONGEST_MS) }),
      ...(percent() < SIGNAL_PERCENT && { signal, killOnAbort: percent() < KILL_PERCENT }),
    };
  }

  readonly #findOne = async (token: string, limits: Limits): Promise<void> => {
    const projection = { owner: 1, token: { $literal: token } };
    this.#look(token, [await this.#papers.findOne({ owner: this.#id }, { projection, ...limits })], 1);
  };

  readonly #find = async (token: string, limits: Limits): Promise<void> => {
    const projection = { owner: 1, token: { $literal: token } };
    const options = { projection, batchSize: BATCH, ...limits };
    this.#look(token, await this.#papers.find({ owner: this.#id }, options).toArray(), PAPERS_EACH);
  };

  readonly #aggregate = async (token: string, limits: Limits): Promise<void> => {
    const pipeline = [{ $match: { owner: this.#id } }, { $set: { token: { $literal: token } } }];
    this.#look(token, await this.#papers.aggregate(pipeline, limits).toArray(), PAPERS_EACH);
  };

  readonly #update = async (token: string, limits: Limits): Promise<void> => {
    const options = { returnDocument: 'after', ...limits } as const;
    const filter = { _id: `${String(this.#id)}-0` };
    this.#look(token, [await this.#papers.findOneAndUpdate(filter, { $set: { token } }, options)], 1);
  };

  #look(token: string, documents: readonly (Document | null)[], expected: number): void {
    this.documents += documents.length;
    if (documents.length !== expected)
      this.crossTalk.push(`${token} got ${String(documents.length)} documents`);
    for (const document of documents) {
      if (document?.['owner'] === this.#id && document['token'] === token) continue;
      this.crossTalk.push(`${token} got ${JSON.stringify(document)}`);
    }
  }
}
