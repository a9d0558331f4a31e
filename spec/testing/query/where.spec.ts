import { describe, expect, it } from '@jest/globals';
import { Code } from 'bson';
import { rejection, withOfficialClient } from '../support/official-client.js';

describe('$where', () => {
  const spec = withOfficialClient();
  const ids = async (where: unknown): Promise<unknown[]> =>
    (
      await spec.collection
        .find({ $where: where as string })
        .sort({ _id: 1 })
        .toArray()
    ).map(({ _id }) => _id as unknown);
  const fill = (): Promise<unknown> =>
    spec.collection.insertMany([
      { _id: 1, a: 5, at: new Date(86_400_000), list: [1, 2] },
      { _id: 2, a: 10, text: 'x' },
    ]);

  it.each<[string, unknown, unknown[]]>([
    ['an expression', 'this.a > 5', [2]],
    ['statements', 'if (obj.text) return true; return obj.list.length === 2', [1, 2]],
    ['a function', 'function () { return this.at instanceof Date && this.at.getTime() === 86400000; }', [1]],
    ['code', new Code('return this.text === "x"'), [2]],
  ])('takes %s', async (_what, where, expected) => {
    await fill();
    expect(await ids(where)).toEqual(expected);
  });

  it('sleeps while other commands run', async () => {
    await fill();
    const order: string[] = [];
    await Promise.all([
      ids('sleep(30) || true').then((found) => order.push(`slept ${String(found)}`)),
      spec.db.command({ ping: 1 }).then(() => order.push('ping')),
    ]);
    expect(order).toEqual(['ping', 'slept 1,2']);
    const update = await spec.collection.updateOne(
      { $where: 'sleep(1) || this.a === 10' },
      { $inc: { n: 1 } },
    );
    expect(update.modifiedCount).toBe(1);
    expect(await spec.collection.findOne({ _id: 2 })).toMatchObject({ n: 1 });
  });

  it('that fails fails the command', async () => {
    await fill();
    expect(await rejection(ids('nothing.there'))).toMatchObject({ code: 139 });
    expect(await rejection(ids('this is no script'))).toMatchObject({ code: 139 });
    expect(await rejection(ids('for (;;) {}'))).toMatchObject({ code: 139 });
    expect(await rejection(ids(5))).toMatchObject({ code: 2 });
    expect(
      await rejection(spec.collection.aggregate([{ $match: { $where: 'true' } }]).toArray()),
    ).toMatchObject({
      code: 2,
    });
  });

  it('sees nothing of the process', async () => {
    await fill();
    expect(await ids('typeof process !== "undefined" || typeof require !== "undefined"')).toEqual([]);
    expect(await rejection(ids('sleep.constructor("return process")()'))).toMatchObject({ code: 139 });
  });
});
