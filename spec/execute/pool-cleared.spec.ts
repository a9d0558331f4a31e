import { afterEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../lib/core/deferred.js';
import { closeAll, serverAndClient } from '../client/client-fixture.js';
import type { Answer } from '../support/scripted-server.js';

afterEach(closeAll);

describe('a write that waited for a connection when the pool was cleared', () => {
  it('is sent as a whole by the next attempt', async () => {
    const { server, client } = await serverAndClient(
      { hello: { setName: 'rs', hosts: [], isWritablePrimary: true } },
      { maxPoolSize: 1, retryWrites: true, directConnection: true },
    );
    const gate = deferred<Answer>();
    server.on('insert', { n: 1 });
    server.once('insert', () => gate.promise);
    const collection = client.db('t').collection<{ _id: number }>('c');
    const first = collection.insertOne({ _id: 1 });
    await server.waitFor('insert');
    const cleared = new Promise((resolve) => client.on('connectionPoolCleared', resolve));
    const second = collection.insertOne({ _id: 2 });
    gate.resolve('reset');
    await cleared;
    await Promise.all([first, second]);
    const sent = server.received('insert').map(({ sequences }) => sequences['documents']);
    expect(sent.slice(1)).toEqual(expect.arrayContaining([[{ _id: 1 }], [{ _id: 2 }]]));
    expect(sent).toHaveLength(3);
  });
});
