import { createEntities } from './create-entities.js';
import type { Driver } from './driver.js';
import { EntityMap } from './entity-map.js';
import { killAllSessions, type Environment } from './environment.js';
import type { CollectionData, Doc, OperationDescription, TestCase, TestFile } from './format.js';
import { readAll } from './internal-client.js';
import { matchEvents } from './match-events.js';
import { matchLogMessages } from './match-logs.js';
import { fail, sameDocument } from './match.js';
import { runOperation } from './run-operation.js';
import type { TestContext } from './test-context.js';

/** Runs one case from its initial data to its outcome and leaves nothing behind ("Executing a Test"). */
export const runTest = async (
  driver: Driver,
  environment: Environment,
  file: TestFile,
  test: TestCase,
): Promise<void> => {
  const context: TestContext = {
    driver,
    environment,
    entities: new EntityMap(driver),
    setsFailPoints: JSON.stringify(test.operations).includes('configureFailPoint'),
    cleanups: [],
  };
  const transactions = test.operations.some(startsTransaction);
  if (transactions) await killAllSessions(environment.internal);
  let passed = false;
  try {
    await prepareData(file, context);
    await createEntities(file.createEntities ?? [], context);
    if (transactions && isRouted(environment)) await warmDistinct(file, environment);
    for (const operation of test.operations) await runOperation(operation, context);
    for (const client of context.entities.all('client')) client.stopListening();
    await undo(context);
    await judge(test, context);
    passed = true;
  } finally {
    await cleanUp(context, passed, transactions);
  }
};

const startsTransaction = ({ name, arguments: args }: OperationDescription): boolean =>
  name === 'startTransaction' ||
  name === 'withTransaction' ||
  JSON.stringify(args?.['callback'] ?? '').includes('startTransaction');

const isRouted = ({ facts }: Environment): boolean =>
  facts.topology === 'sharded' || facts.topology === 'load-balanced';

const prepareData = async (file: TestFile, context: TestContext): Promise<void> => {
  const { internal } = context.environment;
  const writeConcern = { w: 'majority' };
  for (const { databaseName, collectionName, createOptions, documents } of file.initialData ?? []) {
    const run = (command: Doc): Promise<Doc> => internal.command(databaseName, { ...command, writeConcern });
    await run({ drop: collectionName }).catch((error: { code?: number }) => {
      if (error.code !== 26) throw error as Error; // NamespaceNotFound, before server 7.0
    });
    if (createOptions || documents.length === 0) await run({ create: collectionName, ...createOptions });
    if (documents.length > 0) checkWritten(await run({ insert: collectionName, documents }));
  }
  const reply = await internal.command('admin', { ping: 1 });
  if (reply['$clusterTime'] !== undefined) context.clusterTime = reply['$clusterTime'];
};

const checkWritten = ({ writeErrors }: Doc): void => {
  if (writeErrors !== undefined)
    throw new Error(`the initial data was refused: ${JSON.stringify(writeErrors)}`);
};

/** A router learns a database's placement from a first command outside the transaction. */
const warmDistinct = async (file: TestFile, { internal }: Environment): Promise<void> => {
  for (const { databaseName, collectionName } of file.initialData ?? [])
    await internal.command(databaseName, { distinct: collectionName, key: '_id' });
};

const undo = async ({ cleanups }: TestContext): Promise<void> => {
  while (cleanups.length > 0) await cleanups.pop()?.();
};

const judge = async (test: TestCase, context: TestContext): Promise<void> => {
  const { entities } = context;
  for (const expected of test.expectEvents ?? [])
    matchEvents(
      expected,
      entities.get(expected.client, 'client').events(expected.eventType ?? 'command'),
      entities,
    );
  for (const expected of test.expectLogMessages ?? [])
    matchLogMessages(expected, entities.get(expected.client, 'client').messages, entities);
  for (const expected of test.outcome ?? []) await judgeOutcome(expected, context);
};

const judgeOutcome = async (expected: CollectionData, { environment }: TestContext): Promise<void> => {
  const { databaseName, collectionName, documents } = expected;
  const where = `outcome of ${databaseName}.${collectionName}`;
  const command = { find: collectionName, sort: { _id: 1 }, readConcern: { level: 'local' } };
  const actual = await readAll(environment.internal, databaseName, command);
  if (actual.length !== documents.length)
    fail(where, `expected ${documents.length} documents, got ${JSON.stringify(actual)}`);
  for (const [index, document] of documents.entries())
    if (!sameDocument(document, actual[index]))
      fail(
        `${where}[${index}]`,
        `expected ${JSON.stringify(document)}, got ${JSON.stringify(actual[index])}`,
      );
};

const cleanUp = async (context: TestContext, passed: boolean, transactions: boolean): Promise<void> => {
  const { driver, entities, environment } = context;
  const faults: unknown[] = [];
  const attempt = async (step: () => Promise<unknown>): Promise<void> => {
    try {
      await step();
    } catch (error) {
      faults.push(error);
    }
  };
  await attempt(() => undo(context));
  for (const cursor of entities.all('cursor'))
    await attempt(() => driver.closeCursor(cursor).catch(() => undefined));
  for (const session of entities.all('session')) await attempt(() => driver.endSession(session));
  for (const client of entities.all('client')) await attempt(() => driver.closeClient(client.handle));
  if (transactions || !passed) await attempt(() => killAllSessions(environment.internal));
  // A case that failed already says why; what its clean-up met is a consequence.
  if (passed && faults.length > 0) throw faults[0] as Error;
};
