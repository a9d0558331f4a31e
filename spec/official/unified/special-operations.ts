import { setTimeout as sleep } from 'node:timers/promises';
import { createEntities } from './create-entities.js';
import { clientUri } from './client-uri.js';
import type { Doc, EntityDescription, ExpectedEvent, OperationDescription } from './format.js';
import type { Environment } from './environment.js';
import { eventMatches } from './match-events.js';
import { readAll } from './internal-client.js';
import { fail, sameDocument } from './match.js';
import type { TestContext } from './test-context.js';
import type { ClientRecord } from './client-record.js';

export type Runner = (operation: OperationDescription, context: TestContext) => Promise<void>;
type SpecialOperation = (args: Doc, context: TestContext, run: Runner) => Promise<void> | void;

/** Waits of the format end in a failure after this long. */
const WAIT_MS = 10_000;

const clientOf = (args: Doc, { entities }: TestContext): ClientRecord =>
  entities.get(String(args['client']), 'client');
const sessionOf = (args: Doc, { entities, driver }: TestContext) =>
  driver.sessionFacts(entities.get(String(args['session']), 'session'));

const failPoint: SpecialOperation = async (args, context) => {
  const { handle } = clientOf(args, context);
  const command = args['failPoint'] as Doc;
  await context.driver.adminCommand(handle, command);
  context.cleanups.push(() => disable(context, context.environment.internal.hosts, command));
};

/** The client under test may be closed or broken by then; the internal one is not. */
const disable = async (
  { environment }: TestContext,
  hosts: readonly string[],
  { configureFailPoint }: Doc,
): Promise<void> => {
  const command = { configureFailPoint, mode: 'off' };
  if (environment.facts.topology !== 'sharded') await environment.internal.command('admin', command);
  else for (const host of hosts) await onHost(environment, host, command);
};

const onHost = async ({ deployment, internal }: Environment, host: string, command: Doc): Promise<void> => {
  const direct = clientUri(
    deployment.uri.replace(/(\/\/(?:[^@/]*@)?)[^/?]*/, `$1${host}`),
    { directConnection: true },
    true,
  );
  const client = await internal.connect(direct);
  try {
    await client.command('admin', command);
  } finally {
    await client.close();
  }
};

const targetedFailPoint: SpecialOperation = async (args, context) => {
  const { pinnedAddress } = sessionOf(args, context);
  if (pinnedAddress === undefined) throw new Error('the session is not pinned to a router');
  const command = args['failPoint'] as Doc;
  await onHost(context.environment, pinnedAddress, command);
  context.cleanups.push(() => disable(context, [pinnedAddress], command));
};

const lastLsids = (args: Doc, context: TestContext): unknown[] => {
  const started = clientOf(args, context)
    .events('command')
    .filter(({ type }) => type === 'commandStartedEvent');
  const lsids = started.slice(-2).map(({ fields }) => (fields['command'] as Doc)['lsid']);
  if (lsids.length < 2 || lsids.includes(undefined))
    fail('lsid', 'the last two commands do not both carry one');
  return lsids;
};

const exists = async (args: Doc, { environment }: TestContext): Promise<boolean> => {
  const name = String(args['collectionName']);
  const command = { listCollections: 1, filter: { name }, nameOnly: true };
  return (await readAll(environment.internal, String(args['databaseName']), command)).length > 0;
};

const indexExists = async (args: Doc, context: TestContext): Promise<boolean> => {
  if (!(await exists(args, context))) return false;
  const command = { listIndexes: String(args['collectionName']) };
  const indexes = await readAll(context.environment.internal, String(args['databaseName']), command);
  return indexes.some((index) => index['name'] === args['indexName']);
};

const expectThat = (holds: boolean, what: string): void => {
  if (!holds) fail('assertion', what);
};

const countEvents = (args: Doc, context: TestContext): number => {
  const event = args['event'] as ExpectedEvent;
  return clientOf(args, context).allEvents.filter((observed) =>
    eventMatches(event, observed, context.entities),
  ).length;
};

const waitForEvent: SpecialOperation = async (args, context) => {
  const wanted = Number(args['count']);
  const describe = (): string =>
    `${countEvents(args, context)} of ${wanted} events ${JSON.stringify(args['event'])}`;
  await clientOf(args, context).until(() => countEvents(args, context) >= wanted, WAIT_MS, describe);
};

const waitForPrimaryChange: SpecialOperation = async (args, context) => {
  const { primary: before } = context.entities.get(
    String(args['priorTopologyDescription']),
    'topologyDescription',
  );
  const { handle } = clientOf(args, context);
  const limit = Number(args['timeoutMS'] ?? WAIT_MS);
  const deadline = Date.now() + limit;
  for (;;) {
    const { primary } = context.driver.topologyFacts(handle);
    if (primary !== undefined && primary !== before) return;
    if (Date.now() > deadline)
      fail('waitForPrimaryChange', `the primary is ${String(primary)} after ${limit} ms`);
    await sleep(20);
  }
};

export const specialOperations: Readonly<Record<string, SpecialOperation>> = {
  failPoint,
  targetedFailPoint,
  assertSessionTransactionState: (args, context) => {
    const { transactionState } = sessionOf(args, context);
    expectThat(
      transactionState === args['state'],
      `transaction state is ${transactionState}, not ${String(args['state'])}`,
    );
  },
  assertSessionPinned: (args, context) =>
    expectThat(sessionOf(args, context).pinned, 'the session is not pinned'),
  assertSessionUnpinned: (args, context) =>
    expectThat(!sessionOf(args, context).pinned, 'the session is pinned'),
  assertSessionDirty: (args, context) =>
    expectThat(sessionOf(args, context).dirty, 'the session is not dirty'),
  assertSessionNotDirty: (args, context) =>
    expectThat(!sessionOf(args, context).dirty, 'the session is dirty'),
  assertDifferentLsidOnLastTwoCommands: (args, context) => {
    const [first, second] = lastLsids(args, context);
    expectThat(!sameDocument(first, second), 'both commands carry the same lsid');
  },
  assertSameLsidOnLastTwoCommands: (args, context) => {
    const [first, second] = lastLsids(args, context);
    expectThat(sameDocument(first, second), 'the commands carry different lsids');
  },
  assertCollectionExists: async (args, context) =>
    expectThat(await exists(args, context), 'the collection does not exist'),
  assertCollectionNotExists: async (args, context) =>
    expectThat(!(await exists(args, context)), 'the collection exists'),
  assertIndexExists: async (args, context) =>
    expectThat(await indexExists(args, context), 'the index does not exist'),
  assertIndexNotExists: async (args, context) =>
    expectThat(!(await indexExists(args, context)), 'the index exists'),
  assertNumberConnectionsCheckedOut: (args, context) => {
    if (args['connections'] === undefined)
      throw new Error('assertNumberConnectionsCheckedOut needs connections');
    const { connectionsCheckedOut } = clientOf(args, context);
    expectThat(
      connectionsCheckedOut === args['connections'],
      `${connectionsCheckedOut} connections are checked out, not ${String(args['connections'])}`,
    );
  },
  createEntities: (args, context) => createEntities(args['entities'] as EntityDescription[], context),
  wait: (args) => sleep(Number(args['ms'])),
  waitForEvent,
  assertEventCount: (args, context) => {
    const count = countEvents(args, context);
    expectThat(
      count === args['count'],
      `${count} events, not ${String(args['count'])}, match ${JSON.stringify(args['event'])}`,
    );
  },
  runOnThread: (args, context, run) => {
    const thread = context.entities.get(String(args['thread']), 'thread');
    thread.schedule(() => run(args['operation'] as OperationDescription, context));
  },
  waitForThread: (args, { entities }) => entities.get(String(args['thread']), 'thread').finish(WAIT_MS),
  recordTopologyDescription: (args, context) =>
    context.entities.add(
      String(args['id']),
      'topologyDescription',
      context.driver.topologyFacts(clientOf(args, context).handle),
    ),
  assertTopologyType: (args, { entities }) => {
    const { type } = entities.get(String(args['topologyDescription']), 'topologyDescription');
    expectThat(type === args['topologyType'], `the topology is ${type}, not ${String(args['topologyType'])}`);
  },
  waitForPrimaryChange,
};
