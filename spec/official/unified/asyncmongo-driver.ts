import {
  AsyncMongoClient,
  type AsyncDatabase,
  type AsyncMongoClientOptions,
  type LogLevels,
} from '../../../lib/index.js';
import { sessionStateOf, type AsyncClientSession } from '../../../lib/client/session.js';
import type { BulkWriteError, OperationFailure } from '../../../lib/core/errors/server.js';
import { asyncmongoOperations, resultDocument } from './asyncmongo-operations.js';
import { briskRuntime } from './brisk-runtime.js';
import { type ClientObserver, type Driver, type ErrorFacts, type SessionFacts } from './driver.js';
import type { Doc, EventFamily } from './format.js';

/** asyncmongo as the driver under test. */
export const asyncmongoDriver: Driver = {
  name: 'asyncmongo',
  oldestServer: '4.2',
  operations: asyncmongoOperations,

  createClient(uri, { serverApi, minHeartbeatFrequencyMS }, observer) {
    const client = new AsyncMongoClient(uri, {
      ...(serverApi && { serverApi }),
      ...(minHeartbeatFrequencyMS !== undefined && { runtime: briskRuntime(minHeartbeatFrequencyMS) }),
      ...logOptions(observer),
    } as Doc);
    observe(client, observer);
    return Promise.resolve(client);
  },
  closeClient: (client) => (client as AsyncMongoClient).close(),
  database: (client, name, options) => (client as AsyncMongoClient).getDatabase(name, options),
  collection: (database, name, options) => (database as AsyncDatabase).collection(name, options),
  bucket: () => undefined,
  startSession: (client, options) => (client as AsyncMongoClient).startSession(options),
  endSession: (session) => (session as AsyncClientSession).endSession(),
  advanceClusterTime: (session, clusterTime) =>
    (session as AsyncClientSession).advanceClusterTime(clusterTime as Doc),
  sessionFacts: (session) => sessionFacts(session as AsyncClientSession),
  topologyFacts(client) {
    const { topologyType, servers } = (client as AsyncMongoClient).topologyDescription;
    const primary = [...servers.values()].find((server) => server.serverType === 'RSPrimary');
    return { type: topologyType, ...(primary && { primary: primary.address }) };
  },
  // What the runner does by itself is not part of the case: the limits of the case's client are not for it.
  adminCommand: (client, command) =>
    (client as AsyncMongoClient).db('admin').command(command, { timeoutMS: 0 }),
  closeCursor: (cursor) => (cursor as { close(): Promise<void> }).close(),
  errorFacts,
};

/** Replies are matched as documents: none may be cut. */
const logOptions = ({ logComponents, onLogMessage }: ClientObserver): AsyncMongoClientOptions =>
  Object.keys(logComponents).length === 0
    ? {}
    : {
        logger: ({ level, component, ...data }) => onLogMessage({ level, component, data }),
        logLevel: { all: 'off', ...(logComponents as LogLevels) },
        logMaxDocumentLength: 100_000,
      };

const sessionFacts = (session: AsyncClientSession): SessionFacts => {
  const state = sessionStateOf(session);
  const pin = state.transaction?.pin;
  return {
    lsid: session.sessionId,
    transactionState: state.transactionState === 'in-progress' ? 'in_progress' : state.transactionState,
    pinned: pin !== undefined,
    ...(pin !== undefined && { pinnedAddress: pin.address }),
    dirty: state.borrowed?.dirty === true,
  };
};

const EVENTS: Readonly<Record<EventFamily, Readonly<Record<string, string>>>> = {
  command: {
    commandStarted: 'commandStartedEvent',
    commandSucceeded: 'commandSucceededEvent',
    commandFailed: 'commandFailedEvent',
  },
  cmap: {
    connectionPoolCreated: 'poolCreatedEvent',
    connectionPoolReady: 'poolReadyEvent',
    connectionPoolCleared: 'poolClearedEvent',
    connectionPoolClosed: 'poolClosedEvent',
    connectionCreated: 'connectionCreatedEvent',
    connectionReady: 'connectionReadyEvent',
    connectionClosed: 'connectionClosedEvent',
    connectionCheckOutStarted: 'connectionCheckOutStartedEvent',
    connectionCheckOutFailed: 'connectionCheckOutFailedEvent',
    connectionCheckedOut: 'connectionCheckedOutEvent',
    connectionCheckedIn: 'connectionCheckedInEvent',
  },
  sdam: {
    serverOpening: 'serverOpeningEvent',
    serverClosed: 'serverClosedEvent',
    serverDescriptionChanged: 'serverDescriptionChangedEvent',
    topologyOpening: 'topologyOpeningEvent',
    topologyClosed: 'topologyClosedEvent',
    topologyDescriptionChanged: 'topologyDescriptionChangedEvent',
    serverHeartbeatStarted: 'serverHeartbeatStartedEvent',
    serverHeartbeatSucceeded: 'serverHeartbeatSucceededEvent',
    serverHeartbeatFailed: 'serverHeartbeatFailedEvent',
  },
};

const observe = (client: AsyncMongoClient, { onEvent }: ClientObserver): void => {
  const on = client.on.bind(client) as (name: string, listener: (event: object) => void) => unknown;
  for (const [family, names] of Object.entries(EVENTS))
    for (const [name, type] of Object.entries(names))
      on(name, (event) => onEvent({ family: family as EventFamily, type, fields: formatFields(event) }));
};

/** The format calls the type of either description `type`. */
const formatFields = (event: object): Doc => {
  const fields = { ...event } as Doc;
  for (const name of ['previousDescription', 'newDescription']) {
    const description = fields[name] as { serverType?: string; topologyType?: string } | undefined;
    if (description) fields[name] = { type: description.topologyType ?? description.serverType };
  }
  return fields;
};

const EMPTY_RESULT = {
  insertedCount: 0,
  matchedCount: 0,
  modifiedCount: 0,
  deletedCount: 0,
  upsertedCount: 0,
  upsertedIds: {},
};

function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) throw new TypeError(`not an error: ${String(error)}`);
  const failure = error as Partial<OperationFailure> & Error;
  const server = failure.kind === 'server' || failure.kind === 'not-primary';
  const bulk = failure.name === 'BulkWriteError' ? (error as BulkWriteError<object>) : undefined;
  // A batch that was cut off tells what was done before, whatever the failure was.
  const { result } = error as Partial<BulkWriteError<object>>;
  const gathered = bulk ? [...bulk.writeErrors, ...bulk.writeConcernErrors] : [];
  const all = [failure, ...gathered];
  return {
    message: `${failure.name}: ${failure.message}`,
    isClientError: !server,
    isTimeoutError: failure.kind === 'operation-timeout',
    ...(typeof failure.code === 'number' && { code: failure.code }),
    codeNames: all.map(({ codeName }) => codeName).filter((name) => name !== undefined),
    messages: all.map(({ message }) => message),
    labels: failure.errorLabels ?? [],
    ...(server && typeof failure.details === 'object' && { response: failure.details as Doc }),
    // In the format insertMany reports like bulkWrite; here its result has the counts of inserts alone.
    ...(result !== undefined && { result: { ...EMPTY_RESULT, ...resultDocument(result) } }),
  };
}
