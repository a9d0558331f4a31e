import { InvalidOperation } from '../core/errors/usage.js';
import type { UpsertedId, WriteOutcome } from './write-outcome.js';

/**
 * Gives a result what its reply told. For `{w: 0}` there is no reply: each of the names then throws when it is read, and
 * is not enumerable, so that printing and comparing the result still work (WC-3).
 */
const reveal = (result: object, acknowledged: boolean, told: Readonly<Record<string, unknown>>): void => {
  if (acknowledged) {
    Object.assign(result, told);
    return;
  }
  for (const name of Object.keys(told)) {
    Object.defineProperty(result, name, {
      get: () => {
        throw new InvalidOperation(
          `${name} is not known: the write was unacknowledged (w: 0), so the server sent no reply`,
        );
      },
    });
  }
};

/** Result of `insertOne`. */
export class InsertOneResult<TId = unknown> {
  /** False for `{w: 0}`: nobody knows whether the document was stored. */
  readonly acknowledged: boolean;
  /** The document's `_id`, generated before sending where it had none; known for `{w: 0}` too. */
  readonly insertedId: TId;

  constructor(acknowledged: boolean, insertedId: TId) {
    this.acknowledged = acknowledged;
    this.insertedId = insertedId;
  }
}

/** Result of `insertMany`. For `{w: 0}` reading `insertedCount` throws `InvalidOperation`. */
export class InsertManyResult<TId = unknown> {
  readonly acknowledged: boolean;
  /** `_id` of each inserted document by its index in the input. */
  readonly insertedIds: Readonly<Record<number, TId>>;
  declare readonly insertedCount: number;

  constructor(acknowledged: boolean, counts: Readonly<BulkCounts>) {
    this.acknowledged = acknowledged;
    this.insertedIds = counts.insertedIds as Record<number, TId>;
    reveal(this, acknowledged, { insertedCount: counts.insertedCount });
  }
}

/** Result of `updateOne`, `updateMany` and `replaceOne`. For `{w: 0}` reading a count throws `InvalidOperation`. */
export class UpdateResult<TId = unknown> {
  readonly acknowledged: boolean;
  /** Documents that the filter found; an upsert is none of them. */
  declare readonly matchedCount: number;
  /** Documents that the update changed. */
  declare readonly modifiedCount: number;
  /** 1 where nothing matched and `upsert` inserted a document. */
  declare readonly upsertedCount: number;
  /** `_id` of the document an upsert inserted, else `null`. */
  declare readonly upsertedId: TId | null;

  constructor({ acknowledged, n, modified, upserted }: WriteOutcome) {
    this.acknowledged = acknowledged;
    reveal(this, acknowledged, {
      matchedCount: n,
      modifiedCount: modified,
      upsertedCount: upserted.length,
      upsertedId: upserted[0] === undefined ? null : upserted[0].id,
    });
  }
}

/** Result of `deleteOne` and `deleteMany`. For `{w: 0}` reading `deletedCount` throws `InvalidOperation`. */
export class DeleteResult {
  readonly acknowledged: boolean;
  declare readonly deletedCount: number;

  constructor(acknowledged: boolean, deletedCount: number) {
    this.acknowledged = acknowledged;
    reveal(this, acknowledged, { deletedCount });
  }
}

/** Everything a batch of writes did so far. */
export interface BulkCounts {
  insertedCount: number;
  matchedCount: number;
  modifiedCount: number;
  deletedCount: number;
  readonly insertedIds: Record<number, unknown>;
  readonly upserted: UpsertedId[];
}

export const emptyCounts = (): BulkCounts => ({
  insertedCount: 0,
  matchedCount: 0,
  modifiedCount: 0,
  deletedCount: 0,
  insertedIds: {},
  upserted: [],
});

/** Result of `bulkWrite`. For `{w: 0}` everything but `insertedIds` throws `InvalidOperation` when it is read. */
export class BulkWriteResult<TId = unknown> {
  readonly acknowledged: boolean;
  /** `_id` of each inserted document by the index of its request; only of those that were inserted. */
  readonly insertedIds: Readonly<Record<number, TId>>;
  declare readonly insertedCount: number;
  declare readonly matchedCount: number;
  declare readonly modifiedCount: number;
  declare readonly deletedCount: number;
  declare readonly upsertedCount: number;
  /** `_id` of each upserted document by the index of its request. */
  declare readonly upsertedIds: Readonly<Record<number, TId>>;

  constructor(acknowledged: boolean, counts: Readonly<BulkCounts>) {
    this.acknowledged = acknowledged;
    this.insertedIds = counts.insertedIds as Record<number, TId>;
    reveal(this, acknowledged, {
      insertedCount: counts.insertedCount,
      matchedCount: counts.matchedCount,
      modifiedCount: counts.modifiedCount,
      deletedCount: counts.deletedCount,
      upsertedCount: counts.upserted.length,
      upsertedIds: Object.fromEntries(counts.upserted.map(({ index, id }) => [index, id])),
    });
  }
}
