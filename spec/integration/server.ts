import { afterAll, beforeAll } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { AsyncMongoClient, type AsyncDatabase } from '../../lib/index.js';
import { spawnDeployment } from '../../lib/testing/spawn-deployment.js';

/** Which server the suite talks to: one of another maker, the one of `MONGODB_URI`, or an embedded one. */
export type ServerKind = 'ferretdb' | 'uri' | 'embedded';

export const serverKind: ServerKind =
  process.env['INTEGRATION_SERVER'] === 'ferretdb'
    ? 'ferretdb'
    : process.env['MONGODB_URI'] === undefined
      ? 'embedded'
      : 'uri';

/** What FerretDB v1.24.2 does not do: each name is a group of cases that runs on the other servers only. */
export const FERRETDB_LACKS = {
  'sessions and transactions': 'lsid is accepted and ignored; there are no transactions',
  collation: 'refused with NotImplemented',
  arrayFilters: 'refused with NotImplemented',
  'aggregation pipelines in updates': 'refused with NotImplemented',
  '$facet, $lookup, $out, $merge':
    'stages outside $match, $group, $sort, $limit, $skip, $project, $unwind, $set, $unset, $addFields, $count, $collStats',
  'partial, sparse and text indexes': 'refused with NotImplemented',
  'nested arrays': 'refused: "nested arrays are not supported"',
  'duplicate key code of an update':
    'an update that would break a unique index fails with code 1, InternalError',
  'change streams': 'refused with NotImplemented',
} as const;

export type Feature = keyof typeof FERRETDB_LACKS;

export const has = (_feature: Feature): boolean => serverKind !== 'ferretdb';

/** Opens one client for the cases of a file; each file has a database of its own, dropped before and after. */
export const useServer = (
  database: string,
): { readonly client: AsyncMongoClient; readonly db: AsyncDatabase } => {
  let client: AsyncMongoClient | undefined;
  let stop: () => Promise<void> = () => Promise.resolve();
  beforeAll(async () => {
    let uri = process.env['INTEGRATION_URI'] ?? process.env['MONGODB_URI'];
    if (uri === undefined) {
      const deployment = await spawnDeployment({ topology: 'standalone' });
      uri = deployment.uri;
      stop = () => deployment.stop();
    }
    client = new AsyncMongoClient(uri);
    await client.dropDatabase(database);
  });
  afterAll(async () => {
    await client?.dropDatabase(database);
    await client?.close();
    await stop();
  });
  const opened = (): AsyncMongoClient => {
    if (client === undefined) throw new Error('the server is not up yet');
    return client;
  };
  return {
    get client() {
      return opened();
    },
    get db() {
      return opened().db(database);
    },
  };
};

/** Address of a server that speaks TLS, with the file of the authority that signed its certificate. */
export const useTlsServer = (): { readonly uri: string; readonly caFile: string } => {
  let uri = '';
  let caFile = '';
  let stop: () => Promise<void> = () => Promise.resolve();
  beforeAll(async () => {
    if (process.env['INTEGRATION_TLS_URI'] !== undefined) {
      uri = process.env['INTEGRATION_TLS_URI'];
      caFile = process.env['INTEGRATION_CA_FILE'] ?? '';
      return;
    }
    const deployment = await spawnDeployment({ topology: 'standalone', tls: true });
    // The address alone: each case decides what it trusts.
    uri = `${deployment.uri.replace(/\?.*/, '')}?tls=true`;
    caFile = deployment.caFile ?? '';
    stop = () => deployment.stop();
  });
  afterAll(() => stop());
  return {
    get uri() {
      return uri;
    },
    get caFile() {
      readFileSync(caFile);
      return caFile;
    },
  };
};
