import { describe, expect, it } from '@jest/globals';
import { WriteError } from '../../lib/core/errors/server.js';
import { addOutcome, bulkError, startProgress } from '../../lib/operations/bulk-progress.js';
import { compileModel, insertStatement, planRuns } from '../../lib/operations/bulk-write.js';
import type { WriteOutcome } from '../../lib/operations/write-outcome.js';
import { BulkWriteResult } from '../../lib/operations/write-results.js';

const insert = { insertOne: { document: { x: 1 } } };
const update = { updateOne: { filter: {}, update: { $set: { x: 1 } } } };
const remove = { deleteMany: { filter: {} } };
const compiled = (...models: readonly object[]) =>
  models.map((model, index) => compileModel(model, index, true));

const outcome = (fields: Partial<WriteOutcome>): WriteOutcome => ({
  acknowledged: true,
  sent: 0,
  n: 0,
  modified: 0,
  upserted: [],
  writeErrors: [],
  writeConcernError: undefined,
  ...fields,
});

describe('planRuns', () => {
  it('keeps the order: neighbours of one kind travel together', () => {
    const runs = planRuns(compiled(insert, insert, update, remove, insert), true);
    expect(runs.map(({ kind, indexes }) => [kind, indexes])).toEqual([
      ['insert', [0, 1]],
      ['update', [2]],
      ['delete', [3]],
      ['insert', [4]],
    ]);
  });

  it('groups by kind where the order does not matter', () => {
    const runs = planRuns(compiled(insert, update, insert, remove, update), false);
    expect(runs.map(({ kind, indexes }) => [kind, indexes])).toEqual([
      ['insert', [0, 2]],
      ['update', [1, 4]],
      ['delete', [3]],
    ]);
    expect(runs.map(({ multi }) => multi)).toEqual([false, false, true]);
  });
});

describe('compileModel', () => {
  it('names the index of a request that is none', () => {
    expect(() => compileModel({ insertTwo: {} }, 7, true)).toThrow(/Request 7 .*insertOne.*found insertTwo/);
    expect(() => compileModel({ ...insert, ...update }, 0, true)).toThrow(TypeError);
    expect(() => compileModel(null, 3, true)).toThrow(/Request 3/);
  });

  it('refuses replacements with operators, updates without, and undefined in filters', () => {
    expect(() => compileModel({ updateOne: { filter: {}, update: { x: 1 } } }, 0, true)).toThrow(/operators/);
    expect(() => compileModel({ updateMany: { filter: {}, update: {} } }, 0, true)).toThrow(/operators/);
    expect(() => compileModel({ replaceOne: { filter: {}, replacement: { $set: {} } } }, 0, true)).toThrow(
      /whole document/,
    );
    expect(() => compileModel({ deleteOne: { filter: { owner: { id: undefined } } } }, 0, true)).toThrow(
      /filter\.owner\.id/,
    );
  });
});

describe('the progress of a batch', () => {
  it('reports ids of successes only: ordered, nothing behind the failure', () => {
    const [run] = planRuns(
      [1, 2, 3, 4].map((_id) => insertStatement({ _id }, true)),
      true,
    );
    const progress = startProgress();
    const failed = outcome({ sent: 4, n: 2, writeErrors: [new WriteError('no', { index: 2 })] });
    expect(addOutcome(progress, run!, 0, failed, true)).toBe(false);
    expect(progress.counts.insertedIds).toEqual({ 0: 1, 1: 2 });
    expect(progress.counts.insertedCount).toBe(2);
  });

  it('reports ids of successes only: unordered, everything but the failures', () => {
    const [run] = planRuns(
      [1, 2, 3, 4].map((_id) => insertStatement({ _id }, true)),
      false,
    );
    const progress = startProgress();
    const failed = outcome({ sent: 4, n: 3, writeErrors: [new WriteError('no', { index: 2 })] });
    expect(addOutcome(progress, run!, 0, failed, false)).toBe(true);
    expect(progress.counts.insertedIds).toEqual({ 0: 1, 1: 2, 3: 4 });
  });

  it('maps a thousand mixed requests with 37 failures to their input indexes', () => {
    const models = Array.from({ length: 1000 }, (_, index) => [insert, update, remove][index % 3]!);
    const runs = planRuns(compiled(...models), false);
    const failing = new Set(Array.from({ length: 37 }, (_, k) => k * 27));
    const progress = startProgress();
    for (const run of runs) {
      // Commands of at most 100 statements, so that the mapping crosses runs and batches.
      for (let start = 0; start < run.statements.length; start += 100) {
        const indexes = run.indexes.slice(start, start + 100);
        const writeErrors = indexes
          .filter((index) => failing.has(index))
          .map((index) => new WriteError('no', { index }));
        addOutcome(progress, run, start, outcome({ sent: indexes.length, writeErrors }), false);
      }
    }
    const result = new BulkWriteResult(true, progress.counts);
    const error = bulkError(progress, { database: 'd', collection: 'c' }, 'bulkWrite', result);
    expect(error?.writeErrors.map(({ index }) => index)).toEqual([...failing]);
    const inserted = Object.keys(result.insertedIds).map(Number);
    expect(inserted).toEqual(
      Array.from({ length: 1000 }, (_, index) => index).filter(
        (index) => index % 3 === 0 && !failing.has(index),
      ),
    );
  });
});
