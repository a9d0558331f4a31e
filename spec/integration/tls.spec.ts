import { describe, expect, it } from '@jest/globals';
import { AsyncMongoClient } from '../../lib/index.js';
import { useTlsServer } from './server.js';

const server = useTlsServer();

describe('TLS', () => {
  it('[TLS-10] verifies the server with tlsCAFile', async () => {
    await using client = new AsyncMongoClient(server.uri, { tlsCAFile: server.caFile });
    expect(await client.db('admin').command('ping')).toMatchObject({ ok: 1 });
  });

  it('[TLS-5] refuses a certificate of an unknown authority, and says that it was the certificate', async () => {
    await using client = new AsyncMongoClient(server.uri, { serverSelectionTimeoutMS: 500 });
    await expect(client.db('admin').command('ping')).rejects.toThrow(/certificate/i);
  });

  it('[TLS-5] accepts any certificate when told to', async () => {
    await using client = new AsyncMongoClient(server.uri, { tlsAllowInvalidCertificates: true });
    expect(await client.db('admin').command('ping')).toMatchObject({ ok: 1 });
  });

  it('[TLS-1] gets nowhere without TLS', async () => {
    const plain = server.uri.replace('?tls=true', '');
    await using client = new AsyncMongoClient(plain, {
      serverSelectionTimeoutMS: 500,
      connectTimeoutMS: 300,
    });
    await expect(client.db('admin').command('ping')).rejects.toMatchObject({
      name: 'ServerSelectionTimeoutError',
    });
  });
});
