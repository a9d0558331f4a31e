import { setTimeout as sleep } from 'node:timers/promises';
import { ClientRecord } from './client-record.js';
import { clientUri, hostCount } from './client-uri.js';
import { SkipCase } from './driver.js';
import type { ClientDescription, Doc, EntityDescription } from './format.js';
import type { TestContext } from './test-context.js';
import { TestThread } from './test-thread.js';

type Creator = (description: Doc & { readonly id: string }, context: TestContext) => Promise<void> | void;

export const createEntities = async (
  descriptions: readonly EntityDescription[],
  context: TestContext,
): Promise<void> => {
  for (const description of descriptions) {
    const [type, details] = Object.entries(description)[0] as [string, Doc & { id: string }];
    const creator = CREATORS[type];
    if (!creator) throw new Error(`unknown type of entity: ${type}`);
    await creator(details, context);
  }
};

const optionsOf = (description: Doc, name: string): Doc => (description[name] ?? {}) as Doc;

const CREATORS: Readonly<Record<string, Creator>> = {
  client: (description, context) => createClient(description as unknown as ClientDescription, context),
  database: (description, { driver, entities }) => {
    const client = entities.get(String(description['client']), 'client');
    const handle = driver.database(
      client.handle,
      String(description['databaseName']),
      optionsOf(description, 'databaseOptions'),
    );
    entities.add(description.id, 'database', handle);
  },
  collection: (description, { driver, entities }) => {
    const database = entities.get(String(description['database']), 'database');
    const options = optionsOf(description, 'collectionOptions');
    entities.add(
      description.id,
      'collection',
      driver.collection(database, String(description['collectionName']), options),
    );
  },
  session: (description, { driver, entities, clusterTime }) => {
    const client = entities.get(String(description['client']), 'client');
    const options = { ...optionsOf(description, 'sessionOptions') };
    // A snapshot time given by name is the saved result of an earlier operation.
    if (typeof options['snapshotTime'] === 'string')
      options['snapshotTime'] = entities.value(options['snapshotTime']);
    const session = driver.startSession(client.handle, options);
    if (clusterTime !== undefined) driver.advanceClusterTime(session, clusterTime);
    entities.add(description.id, 'session', session);
  },
  bucket: (description, { driver, entities }) => {
    const database = entities.get(String(description['database']), 'database');
    entities.add(description.id, 'bucket', driver.bucket(database, optionsOf(description, 'bucketOptions')));
  },
  thread: (description, { entities }) => entities.add(description.id, 'thread', new TestThread()),
  clientEncryption: () => {
    throw new SkipCase('client-side encryption is not available');
  },
};

const createClient = async (description: ClientDescription, context: TestContext): Promise<void> => {
  const { driver, entities } = context;
  if (description.autoEncryptOpts) throw new SkipCase('client-side encryption is not available');
  if (description.observeTracingMessages) throw new SkipCase('tracing is not observed by the runner');
  const uri = uriFor(description, context);
  const stored = (description.storeEventsAsEntities ?? []).map(({ id, events }) => {
    const list: Doc[] = [];
    entities.add(id, 'value', list);
    return { list, events: new Set(events.map(lowerFirst)) };
  });
  const record = new ClientRecord(description, stored);
  const { serverApi } = description;
  const { minHeartbeatFrequencyMS } = heartbeats(description, context);
  record.handle = await driver.createClient(
    uri,
    {
      ...(serverApi && { serverApi }),
      ...(minHeartbeatFrequencyMS !== undefined && { minHeartbeatFrequencyMS }),
    },
    record.observer,
  );
  entities.add(description.id, 'client', record);
  if (description.awaitMinPoolSizeMS !== undefined) await awaitPool(record, description, context);
};

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/**
 * What the format allows where a case makes servers fail and says nothing of heartbeats, so that a server that failed
 * is soon found again ("client", on fail points).
 */
const heartbeats = (
  { uriOptions = {} }: ClientDescription,
  { setsFailPoints }: TestContext,
): { readonly heartbeatFrequencyMS?: number; readonly minHeartbeatFrequencyMS?: number } =>
  setsFailPoints && !('heartbeatFrequencyMS' in uriOptions)
    ? { heartbeatFrequencyMS: 500, minHeartbeatFrequencyMS: 50 }
    : {};

const uriFor = (description: ClientDescription, context: TestContext): string => {
  const { deployment, facts } = context.environment;
  const { useMultipleMongoses } = description;
  const { heartbeatFrequencyMS } = heartbeats(description, context);
  const uriOptions = {
    ...(heartbeatFrequencyMS !== undefined && { heartbeatFrequencyMS }),
    ...description.uriOptions,
  };
  for (const [name, value] of Object.entries(uriOptions))
    if (JSON.stringify(value).includes('$$placeholder'))
      throw new SkipCase(`no value for the placeholder in ${name}`);
  if (facts.topology === 'load-balanced')
    return clientUri(
      useMultipleMongoses === false ? deployment.singleRouterUri : deployment.uri,
      uriOptions,
      false,
    );
  if (facts.topology !== 'sharded') return clientUri(deployment.uri, uriOptions, false);
  if (useMultipleMongoses === true && hostCount(deployment.uri) < 2)
    throw new SkipCase('the URI names one router only');
  return clientUri(deployment.uri, uriOptions, useMultipleMongoses === false);
};

/** Waits until the pool of every data-bearing server holds `minPoolSize` connections, then forgets those events. */
const awaitPool = async (
  record: ClientRecord,
  description: ClientDescription,
  { driver }: TestContext,
): Promise<void> => {
  const wanted = Number(description.uriOptions?.['minPoolSize'] ?? 0);
  const limit = description.awaitMinPoolSizeMS ?? 0;
  await driver.adminCommand(record.handle, { ping: 1 });
  const deadline = Date.now() + limit;
  while (record.connectionsReady() < wanted) {
    if (Date.now() > deadline)
      throw new Error(`the pool has ${record.connectionsReady()} of ${wanted} connections after ${limit} ms`);
    await sleep(10);
  }
  record.forget();
};
