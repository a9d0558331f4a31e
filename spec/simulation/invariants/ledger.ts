import type { Document } from '../../../lib/bson/document.js';
import type { Judge } from './breach.js';

/** What is known of one document, from what its caller was told. */
export interface Entry {
  readonly id: string;
  readonly token: string;
  /** What a majority acknowledged; `unknown` before, and for good where a call failed on the way: it may still arrive. */
  state: 'present' | 'absent' | 'unknown';
  /** A failed insert or delete may take effect at any time. */
  doubtful: boolean;
  /** Increments that were acknowledged by a majority: none may be lost. */
  least: number;
  /** Increments that were tried: none may be applied twice. */
  most: number;
}

/** What every caller was told of its documents, and what must be true of them therefore. */
export class Ledger {
  readonly entries = new Map<string, Entry>();
  readonly #judge: Judge;

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  /** A document that is about to be inserted. */
  add(token: string): Entry {
    const id = `${token}.${String(this.entries.size)}`;
    const entry: Entry = { id, token, state: 'unknown', doubtful: false, least: 0, most: 0 };
    this.entries.set(id, entry);
    return entry;
  }

  /** One of the caller's documents that may be there; `pick` is at least 0 and less than 1. */
  choose(token: string, pick: number): Entry | undefined {
    const own = [...this.entries.values()].filter(
      (entry) => entry.token === token && entry.state !== 'absent',
    );
    return own[Math.floor(pick * own.length)];
  }

  /** A document that a caller was given. */
  checkRead(token: string, document: Document): void {
    const { _id: id, caller, v } = document as { _id: string; caller: string; v: number };
    const entry = this.entries.get(id);
    if (caller !== token || entry?.token !== token) {
      this.#judge.complain('own documents only', `${token} was given ${JSON.stringify(document)}`);
    } else if (v > entry.most) {
      this.#judge.complain(
        'applied at most once',
        `${id} was incremented ${String(v)} times where ${String(entry.most)} were tried`,
      );
    }
  }

  /** What a read in a request sees of the writes before it, where all of them went to the same server. */
  checkRequest(token: string, ids: readonly string[], found: readonly Document[]): void {
    if (found.length === ids.length) return;
    this.#judge.complain(
      'requests see their writes',
      `${token} wrote ${String(ids.length)} documents and saw ${String(found.length)} of them`,
    );
  }

  /** What the deployment has in the end. */
  audit(documents: readonly Document[]): void {
    const found = new Map(documents.map((document) => [document['_id'] as string, document]));
    for (const entry of this.entries.values()) {
      const document = found.get(entry.id);
      if (document === undefined) {
        if (entry.state === 'present') this.#judge.complain('nothing lost', `${entry.id} is missing`);
        continue;
      }
      if (entry.state === 'absent') {
        this.#judge.complain('nothing lost', `${entry.id} was deleted and is there`);
      }
      this.checkRead(entry.token, document);
      const v = document['v'] as number;
      if (v < entry.least) {
        this.#judge.complain(
          'nothing lost',
          `${entry.id} has ${String(v)} of ${String(entry.least)} acknowledged increments`,
        );
      }
    }
  }
}

/** What a call does to entries: `done` is what they are once a majority has acknowledged it. */
export const attempt = async (
  entries: readonly Entry[],
  done: 'present' | 'absent',
  w: 1 | 'majority',
  write: () => Promise<unknown>,
): Promise<void> => {
  try {
    await write();
    for (const entry of entries) {
      if (w === 'majority' && !entry.doubtful) entry.state = done;
      else entry.state = 'unknown';
    }
  } catch (error) {
    for (const entry of entries) {
      entry.doubtful = true;
      entry.state = 'unknown';
    }
    throw error;
  }
};

/** An increment: it counts as tried before it is sent. */
export const attemptIncrement = async (
  entry: Entry,
  w: 1 | 'majority',
  write: () => Promise<{ readonly applied: boolean }>,
): Promise<void> => {
  entry.most++;
  const { applied } = await write();
  if (applied && w === 'majority') entry.least++;
};
