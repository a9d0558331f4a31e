import { describe, expect, it } from '@jest/globals';
import { Timestamp, type Document } from 'mongodb';
import { rejection, withOfficialClient } from '../support/official-client.js';

describe('a read at a cluster time', () => {
  const at = withOfficialClient();
  const command = (body: Document): Promise<Document> => at.db.command(body);
  const timeOf = async (body: Document): Promise<Timestamp> =>
    (await command(body))['operationTime'] as Timestamp;
  const idsAt = async (atClusterTime: Timestamp): Promise<unknown[]> => {
    const readConcern = { level: 'snapshot', atClusterTime };
    const { cursor } = (await command({ find: 'things', readConcern })) as { cursor: Document };
    return (cursor['firstBatch'] as Document[]).map(({ _id }) => _id as unknown);
  };

  it('sees what was there then, and none of what came later', async () => {
    const first = await timeOf({ insert: 'things', documents: [{ _id: 1 }] });
    const second = await timeOf({ insert: 'things', documents: [{ _id: 2 }] });
    await command({ delete: 'things', deletes: [{ q: {}, limit: 0 }] });
    expect(await idsAt(first)).toEqual([1]);
    expect(await idsAt(second)).toEqual([1, 2]);
  });

  it('tells the time it has read at, which the next read can name', async () => {
    await command({ insert: 'things', documents: [{ _id: 1 }] });
    const { cursor } = (await command({ find: 'things', readConcern: { level: 'snapshot' } })) as {
      cursor: Document;
    };
    await command({ insert: 'things', documents: [{ _id: 2 }] });
    expect(await idsAt(cursor['atClusterTime'] as Timestamp)).toEqual([1]);
  });

  it('is the snapshot of a transaction', async () => {
    const time = await timeOf({ insert: 'things', documents: [{ _id: 1 }] });
    await command({ insert: 'things', documents: [{ _id: 2 }] });
    await using session = at.client.startSession();
    session.startTransaction();
    const readConcern = { level: 'snapshot', atClusterTime: time };
    const { cursor } = (await at.db.command({ find: 'things', readConcern }, { session })) as {
      cursor: Document;
    };
    expect((cursor['firstBatch'] as Document[]).length).toBe(1);
    await session.abortTransaction();
  });

  it('that is too long ago is refused, as is one of the future', async () => {
    const time = await timeOf({ insert: 'things', documents: [{ _id: 1 }] });
    const past = new Timestamp({ t: time.getHighBits() - 1000, i: 1 });
    expect(await rejection(idsAt(past))).toMatchObject({ code: 239 });
    const future = new Timestamp({ t: time.getHighBits() + 1000, i: 1 });
    expect(await rejection(idsAt(future))).toMatchObject({ code: 72 });
  });

  it('goes with read concern snapshot alone', async () => {
    const time = await timeOf({ insert: 'things', documents: [{ _id: 1 }] });
    const readConcern = { level: 'majority', atClusterTime: time };
    expect(await rejection(command({ find: 'things', readConcern }))).toMatchObject({ code: 72 });
  });
});
