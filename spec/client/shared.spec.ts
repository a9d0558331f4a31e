import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { AsyncMongoClient } from '../../lib/index.js';
import { closeAll, closeLater, rejectionOf, startServer } from './client-fixture.js';

afterEach(closeAll);

const shared = (...given: Parameters<typeof AsyncMongoClient.shared>): AsyncMongoClient =>
  closeLater(AsyncMongoClient.shared(...given));

describe('a shared client', () => {
  it('is one for equal arguments', async () => {
    const server = await startServer();
    const client = shared(server.uri, { appName: 'shop', maxPoolSize: 3 });
    expect(shared(server.uri, { maxPoolSize: 3, appName: 'shop' })).toBe(client);
    expect(shared(server.uri, { appName: 'shop' })).not.toBe(client);
    expect(shared()).not.toBe(client);
    expect(new AsyncMongoClient(server.uri, { connect: false })).not.toBe(client);
    expect(await client.ping()).toBe(true);
  });

  it('is found by a reloaded copy of the package', async () => {
    const server = await startServer();
    const client = shared(server.uri);
    jest.resetModules();
    const copy = await import('../../lib/index.js');
    expect(copy.AsyncMongoClient).not.toBe(AsyncMongoClient);
    expect(copy.AsyncMongoClient.shared(server.uri)).toBe(client);
  });

  it('gives way to another one when it closes', async () => {
    const server = await startServer();
    const client = shared(server.uri);
    expect(await rejectionOf(client.close({ graceMS: 'long' as any }))).toBeInstanceOf(TypeError);
    expect(shared(server.uri)).toBe(client);
    const closed = client.close();
    const next = shared(server.uri);
    expect(next).not.toBe(client);
    expect(await next.ping()).toBe(true);
    await closed;
    expect(shared(server.uri)).toBe(next);
  });

  it('is not made where the constructor refuses', () => {
    expect(() => AsyncMongoClient.shared('mongodb://h/?maxPoolSize=x&w=-2')).toThrow();
    expect(() => AsyncMongoClient.shared('h', { maxPoolSize: 'many' as any })).toThrow(TypeError);
  });
});
