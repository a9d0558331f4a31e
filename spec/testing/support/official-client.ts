import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { MongoClient, type Collection, type Db } from 'mongodb';
import { startDeployment, type Deployment } from '../../../lib/testing/deployment.js';
import type { DeploymentOptions } from '../../../lib/testing/deployment-options.js';

/** What a spec works with: the official driver on a deployment of its own, with an empty collection for each case. */
export interface OfficialClient {
  readonly client: MongoClient;
  readonly db: Db;
  readonly collection: Collection<any>;
}

export const withOfficialClient = (options: DeploymentOptions = {}): OfficialClient => {
  let deployment: Deployment | undefined;
  let client: MongoClient | undefined;
  beforeAll(async () => {
    deployment = await startDeployment({ topology: 'replicaset', ...options });
    client = new MongoClient(deployment.uri, { serverSelectionTimeoutMS: 5000 });
    await client.connect();
  });
  beforeEach(async () => {
    await client?.db('spec').dropDatabase();
  });
  afterAll(async () => {
    await client?.close();
    await deployment?.stop();
  });
  const connected = (): MongoClient => {
    if (client === undefined) throw new Error('The client is there inside of cases only');
    return client;
  };
  return {
    get client() {
      return connected();
    },
    get db() {
      return connected().db('spec');
    },
    get collection() {
      return connected().db('spec').collection<any>('things');
    },
  };
};

/** The fields of a rejection that matter to a client. */
export const rejection = async (promise: Promise<unknown>): Promise<Record<string, unknown>> => {
  try {
    await promise;
  } catch (error) {
    const { code, codeName, message, keyPattern, keyValue, errInfo, errorResponse, writeErrors } =
      error as Record<string, unknown>;
    return { code, codeName, message, keyPattern, keyValue, errInfo, errorResponse, writeErrors };
  }
  throw new Error('It did not fail');
};
