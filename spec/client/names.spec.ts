import { afterEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { AsyncMongoClient, ConfigurationError, InvalidName, InvalidURI } from '../../lib/index.js';
import { clientOf, closeAll, closeLater, startServer } from './client-fixture.js';

afterEach(closeAll);

const idle = (host = 'mongodb://h'): AsyncMongoClient =>
  closeLater(new AsyncMongoClient(host, { connect: false }));

describe('access to databases and collections by name', () => {
  it('[NAME-1] [NAME-2] gives databases by bracket and attribute', () => {
    const client = idle();
    expect(client['test-database']?.name).toBe('test-database');
    expect(client['test_database']?.name).toBe('test_database');
  });

  it('[NAME-3] leaves names with a leading underscore to db()', () => {
    const client = idle();
    expect((client as any).__my_database__).toBeUndefined();
    expect((client.db('t') as any)._collection).toBeUndefined();
    expect(client.db('__my_database__').name).toBe('__my_database__');
    expect(client.getDatabase('__my_database__').name).toBe('__my_database__');
  });

  it('[NAME-4] refuses an invalid database name in every form', () => {
    const client = idle();
    expect(() => client['a b']).toThrow(InvalidName);
    expect(() => client.db('')).toThrow(InvalidName);
    expect(() => client.getDatabase('a.b')).toThrow(InvalidName);
  });

  it.each([' ', '.', '$', '/', '\\', '"', '\0'])('[NAME-5] refuses a database name with %j', (character) => {
    const client = idle();
    expect(() => client.db(`a${character}b`)).toThrow(InvalidName);
    expect(() => client.db('')).toThrow(InvalidName);
    expect(() => client.db(5 as any)).toThrow(TypeError);
  });

  it('[NAME-6] gives collections by name, dotted ones too', () => {
    const client = idle();
    const requests = client['requests_example']!;
    expect(requests['counts']?.fullName).toBe('requests_example.counts');
    expect(requests['a-b']?.name).toBe('a-b');
    expect(requests['a']?.['b']?.name).toBe('a.b');
    expect(requests.collection('a.b').fullName).toBe('requests_example.a.b');
    expect(requests.getCollection('_x').name).toBe('_x');
  });

  it.each(['', 'a$b', '.a', 'a.', 'a..b', 'a\0b'])('[NAME-7] refuses the collection name %j', (name) => {
    expect(() => idle().db('d').collection(name)).toThrow(InvalidName);
  });

  it('[NAME-8] lets real members win', () => {
    const client = idle();
    expect(typeof client.close).toBe('function');
    expect(client.db('close').name).toBe('close');
    expect(typeof client.db('d').collection('c').find).toBe('function');
    expect('some_database' in client).toBe(false);
  });

  it('[NAME-9] is no database for what the language and test tools look for', async () => {
    const client = idle();
    const database = client.db('d');
    for (const handle of [client, database, database.collection('c')] as any[]) {
      expect(await handle).toBe(handle);
      for (const probe of [
        'then',
        'catch',
        'finally',
        'toJSON',
        '$$typeof',
        'asymmetricMatch',
        'nodeType',
        '@@__IMMUTABLE_ITERABLE__@@',
      ]) {
        expect(handle[probe]).toBeUndefined();
      }
      expect(handle[Symbol.iterator]).toBeUndefined();
      expect(typeof handle.constructor).toBe('function');
      expect(typeof JSON.stringify(handle)).toBe('string');
      expect(() => [...handle]).toThrow(TypeError);
      expect(handle).toEqual(handle);
      expect(Object.keys(handle).filter((key) => key !== 'notCloneable')).toEqual([]);
    }
  });

  it('[NAME-10] checks the database of the connection string and uses the part before its first dot', () => {
    expect(() => new AsyncMongoClient('mongodb://h/a%24b', { connect: false })).toThrow(InvalidURI);
    expect(idle('mongodb://h/a.b').getDefaultDatabase().name).toBe('a');
  });

  it('[METH-10] getDefaultDatabase prefers the connection string', () => {
    expect(idle('mongodb://h/my_database').getDefaultDatabase('other').name).toBe('my_database');
    expect(idle().getDefaultDatabase('x').name).toBe('x');
    expect(() => idle().getDefaultDatabase()).toThrow(ConfigurationError);
    expect(idle().getDefaultDatabase('x', { readConcern: 'majority' }).readConcern.level).toBe('majority');
  });

  it('[METH-11] getDatabase without a name takes the one of the connection string', () => {
    const client = idle('mongodb://h/my_database');
    expect(client.getDatabase().name).toBe('my_database');
    expect(client.db().name).toBe('my_database');
    expect(client.getDatabase('other').name).toBe('other');
    expect(() => idle().getDatabase()).toThrow(ConfigurationError);
  });

  it('[METH-12] [WC-10] [CODEC-4] overrides hold for that handle alone and are inherited further down', () => {
    const client = closeLater(
      new AsyncMongoClient('mongodb://h/?w=2&readConcernLevel=local', { connect: false }),
    );
    const database = client.getDatabase('d', { readPreference: 'secondary', writeConcern: { w: 3 } });
    const collection = database.collection('c', { codecOptions: { documentClass: Map } });
    expect(collection.readPreference.mode).toBe('secondary');
    expect(collection.writeConcern.w).toBe(3);
    expect(collection.readConcern.level).toBe('local');
    expect(collection.codecOptions.documentClass).toBe(Map);
    expect(database.codecOptions.documentClass).toBe(Object);
    expect(client.db('d').readPreference.mode).toBe('primary');
    expect(client.writeConcern.w).toBe(2);
    expect(collection.withOptions({ writeConcern: { w: 1 } }).writeConcern.w).toBe(1);
    expect(collection.writeConcern.w).toBe(3);
    expect(() => database.withOptions({ writeconcern: { w: 1 } } as any)).toThrow(/writeconcern/);
  });

  it('[METH-14] handles are plain values: no socket is opened for them', async () => {
    const server = await startServer();
    const client = clientOf(server, { connect: false });
    client.db('d').collection('c').find({ x: 1 });
    client['e']!['f']!.aggregate([]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.connections).toHaveLength(0);
  });

  it('[CONN-30] prints like its constructor and never the password', () => {
    const client = closeLater(new AsyncMongoClient('mongodb://localhost', { connect: false }));
    expect(inspect(client.db('test_database'))).toBe(
      "AsyncDatabase(AsyncMongoClient(host=['localhost:27017'], documentClass=Object, tzAware=false, connect=false), 'test_database')",
    );
    expect(String(client.db('d').collection('c'))).toBe(`AsyncCollection(${String(client.db('d'))}, 'c')`);
    const secretive = idle('mongodb://u:secret@h');
    for (const shown of [
      inspect(secretive, { showHidden: true, depth: 9 }),
      String(secretive),
      JSON.stringify(secretive),
    ]) {
      expect(shown).not.toContain('secret');
    }
  });

  it('[PROC-3] handles cannot be cloned into another thread', () => {
    const client = idle();
    for (const handle of [
      client,
      client.db('t'),
      client.db('t').collection('c'),
      client.db('t').collection('c').find(),
    ]) {
      expect(() => structuredClone(handle)).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    }
  });
});
