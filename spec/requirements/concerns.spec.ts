import { afterEach, describe, expect, it } from '@jest/globals';
import {
  AsyncDatabase,
  ConfigurationError,
  InvalidName,
  InvalidOperation,
  InvalidURI,
  ReadConcern,
  WriteConcern,
  type AsyncMongoClientOptions,
  type Document,
} from '../../lib/index.js';
import { cursorReply, type ScriptedRequest } from '../support/scripted-server.js';
import { clientOf, closeAll, rejectionOf, serverAndClient, warningsOf } from '../client/client-fixture.js';

afterEach(closeAll);

const insertWith = async (options: AsyncMongoClientOptions, query = ''): Promise<Document> => {
  const { server, client } = await serverAndClient({ script: { insert: { n: 1 } } });
  const configured = clientOf(`${server.uri}${query}`, options);
  await configured.db('d').collection('c').insertOne({ x: 1 });
  await client.close();
  return (server.received('insert')[0] as ScriptedRequest).command;
};

const make = (options: AsyncMongoClientOptions, uri = 'mongodb://h') =>
  clientOf(uri, { connect: false, ...options });

describe('write concerns', () => {
  it('[WC-1] nothing is sent unless something was set', async () => {
    expect(await insertWith({})).not.toHaveProperty('writeConcern');
    expect(make({}).writeConcern.isServerDefault).toBe(true);
  });

  it('[WC-2] w is a number or a string, in options and URI', async () => {
    expect((await insertWith({ w: 3 }))['writeConcern']).toEqual({ w: 3 });
    expect((await insertWith({}, '?w=majority'))['writeConcern']).toEqual({ w: 'majority' });
    expect((await insertWith({}, '?w=2'))['writeConcern']).toEqual({ w: 2 });
    expect((await insertWith({ w: 'backups' }))['writeConcern']).toEqual({ w: 'backups' });
    expect(() => make({ w: true as any })).toThrow(TypeError);
    expect(() => make({ w: -1 })).toThrow(ConfigurationError);
  });

  it('[WC-3] w: 0 settles without a reply and carries nothing else', async () => {
    const { server, client } = await serverAndClient(
      { script: { insert: 'silence', update: 'silence' } },
      { w: 0, wTimeoutMS: 100 },
    );
    const collection = client.db('d').collection('c');
    expect((await collection.insertOne({ x: 1 })).acknowledged).toBe(false);
    const updated = await collection.updateOne({}, { $set: { x: 1 } });
    expect(() => updated.modifiedCount).toThrow(InvalidOperation);
    const request = await server.waitFor('insert');
    expect(request.moreToCome).toBe(true);
    expect(request.command['writeConcern']).toEqual({ w: 0 });
  });

  it('[WC-4] w: 0 contradicts journal: true', () => {
    expect(() => make({ w: 0, journal: true })).toThrow(ConfigurationError);
    expect(() => make({}, 'mongodb://h/?w=0&journal=true')).toThrow(ConfigurationError);
    expect(() => new WriteConcern({ w: 0, journal: true })).toThrow(ConfigurationError);
  });

  it('[WC-5] wTimeoutMS and its aliases travel as wtimeout, without a warning', async () => {
    const warnings = await warningsOf(async () => {
      for (const options of [{ wTimeoutMS: 5 }, { wtimeout: 5 }, { wTimeout: 5 }]) {
        expect((await insertWith({ w: 2, ...options }))['writeConcern']).toEqual({ w: 2, wtimeout: 5 });
      }
    });
    expect(warnings).toEqual([]);
  });

  it('[WC-6] [WC-7] journal travels as j, fsync as it is', async () => {
    expect((await insertWith({ journal: true }))['writeConcern']).toEqual({ j: true });
    expect((await insertWith({ fsync: true }))['writeConcern']).toEqual({ fsync: true });
  });

  it('[WC-8] journal and fsync exclude each other', () => {
    expect(() => make({ journal: true, fsync: true })).toThrow(ConfigurationError);
    expect(() => make({}, 'mongodb://h/?j=true&fsync=true')).toThrow(ConfigurationError);
  });

  it('[WC-9] readConcernLevel reaches find, unknown levels too; by default nothing does', async () => {
    const { server } = await serverAndClient({ script: { find: cursorReply('d.c', []) } });
    for (const readConcernLevel of [undefined, 'majority', 'made-up']) {
      await clientOf(server, { readConcernLevel }).db('d').collection('c').findOne();
    }
    const [unset, majority, other] = server.received('find').map(({ command }) => command);
    expect(unset).not.toHaveProperty('readConcern');
    expect(majority?.['readConcern']).toEqual({ level: 'majority' });
    expect(other?.['readConcern']).toEqual({ level: 'made-up' });
  });

  it('[WC-10] concerns are immutable and handed down until somebody overrides them', () => {
    const client = make({ w: 2, readConcernLevel: 'local' });
    for (const value of [client.writeConcern, client.readConcern, client.readPreference]) {
      expect(() => {
        (value as any).w = 1;
      }).toThrow(TypeError);
    }
    const own = client.db('d', {
      writeConcern: new WriteConcern({ w: 'majority' }),
      readConcern: new ReadConcern('majority'),
    });
    expect(own.collection('c').writeConcern.toCommand()).toEqual({ w: 'majority' });
    expect(own.collection('c').readConcern.level).toBe('majority');
    expect(own.collection('c', { writeConcern: { w: 1 } }).writeConcern.toCommand()).toEqual({ w: 1 });
    expect(client.db('d').collection('c').writeConcern.toCommand()).toEqual({ w: 2 });
    expect(
      client.db('d').collection('c').withOptions({ readConcern: 'linearizable' }).readConcern.level,
    ).toBe('linearizable');
  });
});

describe('names', () => {
  it('[NAME-4] an invalid database name is refused in every form of access', () => {
    const client = make({}) as any;
    for (const access of [() => client['a b'], () => client.db(''), () => client.getDatabase('a.b')]) {
      expect(access).toThrow(InvalidName);
    }
  });

  it.each([' ', '.', '$', '/', '\\', '"', '\0'])(
    '[NAME-5] the message names the character %j',
    (character) => {
      const client = make({});
      expect(() => client.db(`a${character}b`)).toThrow(InvalidName);
      expect(() => client.db(`a${character}b`)).toThrow(JSON.stringify(character).slice(1, -1));
      expect(() => client.db(5 as any)).toThrow(TypeError);
    },
  );

  it('[NAME-9] what the language and test tools look for is no database, and hangs nothing', async () => {
    const { server, client } = await serverAndClient({}, { connect: false });
    expect(await client).toBe(client);
    JSON.stringify(client);
    expect(() => {
      for (const database of client as any) void database;
    }).toThrow(TypeError);
    expect(client).toEqual(client);
    for (const name of [
      'then',
      'catch',
      'finally',
      'toJSON',
      'prototype',
      'asymmetricMatch',
      '$$typeof',
      'nodeType',
    ]) {
      expect((client as any)[name]).not.toBeInstanceOf(AsyncDatabase);
    }
    expect((client as any).then).toBeUndefined();
    expect(Object.keys(client)).not.toContain('test');
    expect(server.connections).toHaveLength(0);
  });

  it('[NAME-10] [METH-10] a dotted path of the URI stays whole for authSource and names the database before the dot', () => {
    const client = make({}, 'mongodb://u:p@h/a.b');
    expect(client.getDefaultDatabase().name).toBe('a');
    expect(client.options.credentials?.source).toBe('a.b');
    expect(() => make({}, 'mongodb://h/a%24b')).toThrow(InvalidURI);
    expect(make({}, 'mongodb://h/my_database').getDefaultDatabase('other').name).toBe('my_database');
    expect(make({}).getDefaultDatabase('x').name).toBe('x');
    expect(() => make({}).getDefaultDatabase()).toThrow(ConfigurationError);
    expect(make({}, 'mongodb://h/my_database').getDatabase().name).toBe('my_database');
    expect(() => make({}).getDatabase()).toThrow(ConfigurationError);
  });
});

describe('closing', () => {
  it('[METH-2] sessions are ended while the sockets are still open', async () => {
    const { server, client } = await serverAndClient({ script: { insert: { n: 1 } } });
    await Promise.all([1, 2, 3].map((x) => client.db('d').collection('c').insertOne({ x })));
    const used = new Set(
      server.received('insert').map(({ command }) => command['lsid'].id.toString('hex') as string),
    );
    let open = 0;
    server.on('endSessions', () => {
      open = server.connections.filter((connection) => connection.open).length;
      return { ok: 0, code: 1, errmsg: 'no' };
    });
    await client.close();
    expect(open).toBeGreaterThan(0);
    const ended = server
      .received('endSessions')
      .flatMap(({ command }) => command['endSessions'] as Document[]);
    expect(new Set(ended.map(({ id }) => id.toString('hex') as string))).toEqual(used);
    expect(await rejectionOf(client.ping())).toBeInstanceOf(InvalidOperation);
  });
});
