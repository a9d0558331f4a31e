import {
  MongoClient,
  MongoBulkWriteError,
  MongoClientBulkWriteError,
  MongoError,
  MongoOperationTimeoutError,
  MongoServerError,
  GridFSBucket,
  type AbstractCursor,
  type ChangeStream,
  type ClientSession,
  type Db,
  type MongoClientOptions,
} from 'mongodb';
import type { ClientObserver, Driver, ErrorFacts, SessionFacts } from './driver.js';
import type { Doc } from './format.js';
import {
  bulkResultDocument,
  clientBulkResultDocument,
  concerns,
  officialOperations,
} from './official-operations.js';

type AnyClient = MongoClient & {
  topology?: { description: { type: string; servers: Map<string, { type: string; address: string }> } };
};
type InternalSession = ClientSession & {
  readonly isPinned: boolean;
  readonly transaction: {
    readonly state: string;
    readonly server?: { readonly description: { readonly address: string } };
  };
};

/** The `mongodb` package as the driver under test. */
export const officialDriver: Driver = {
  name: 'official',
  oldestServer: '4.4',
  operations: officialOperations,

  async createClient(uri, { serverApi, minHeartbeatFrequencyMS }, observer) {
    const client = new MongoClient(uri, {
      // What the package's own runner sets, so that connecting checks no connection out.
      __skipPingOnConnect: true,
      monitorCommands: true,
      ...(serverApi && { serverApi }),
      ...(minHeartbeatFrequencyMS !== undefined && { minHeartbeatFrequencyMS }),
      ...logOptions(observer),
    } satisfies Doc as MongoClientOptions);
    observe(client, observer);
    // It discovers nothing before it is told to. A failure shows again at the first operation, where a file expects it.
    await client.connect().catch(() => undefined);
    return client;
  },
  closeClient: (client) => (client as MongoClient).close(),
  database: (client, name, options) => (client as MongoClient).db(name, concerns(options)),
  collection: (database, name, options) => (database as Db).collection(name, concerns(options)),
  bucket: (database, options) => new GridFSBucket(database as Db, concerns(options)),
  startSession: (client, options) => (client as MongoClient).startSession(sessionOptions(options)),
  endSession: (session) => (session as ClientSession).endSession(),
  advanceClusterTime: (session, clusterTime) =>
    (session as ClientSession).advanceClusterTime(
      clusterTime as Parameters<ClientSession['advanceClusterTime']>[0],
    ),
  sessionFacts: (session) => sessionFacts(session as InternalSession),
  topologyFacts(client) {
    const description = (client as AnyClient).topology?.description;
    const primary = [...(description?.servers.values() ?? [])].find((server) => server.type === 'RSPrimary');
    return { type: description?.type ?? 'Unknown', ...(primary && { primary: primary.address }) };
  },
  adminCommand: (client, command) =>
    (client as MongoClient).db('admin').command(command, { readPreference: 'primary' }),
  closeCursor: (cursor) => (cursor as AbstractCursor | ChangeStream).close(),
  errorFacts,
};

const sessionOptions = ({ defaultTransactionOptions, ...options }: Doc): Doc => ({
  ...options,
  ...(defaultTransactionOptions !== undefined && {
    defaultTransactionOptions: concerns(defaultTransactionOptions as Doc),
  }),
});

const TRANSACTION_STATES: Readonly<Record<string, SessionFacts['transactionState']>> = {
  NO_TRANSACTION: 'none',
  STARTING_TRANSACTION: 'starting',
  TRANSACTION_IN_PROGRESS: 'in_progress',
  TRANSACTION_COMMITTED: 'committed',
  TRANSACTION_COMMITTED_EMPTY: 'committed',
  TRANSACTION_ABORTED: 'aborted',
};

const sessionFacts = (session: InternalSession): SessionFacts => {
  const pinnedAddress = session.transaction.server?.description.address;
  return {
    lsid: session.id,
    transactionState: TRANSACTION_STATES[session.transaction.state] ?? 'none',
    pinned: session.isPinned,
    ...(pinnedAddress !== undefined && { pinnedAddress }),
    dirty: (session.serverSession as { isDirty: boolean }).isDirty,
  };
};

const logOptions = ({ logComponents, onLogMessage }: ClientObserver): Doc => {
  if (Object.keys(logComponents).length === 0) return {};
  return {
    mongodbLogComponentSeverities: { default: 'off', ...logComponents },
    mongodbLogMaxDocumentLength: 0,
    mongodbLogPath: {
      write: ({ s, c, t: _t, ...data }: { s: string; c: string; t: Date } & Doc) => {
        // Connecting selects a server under a name that no specification knows.
        if (data['operation'] !== 'handshake') onLogMessage({ level: s, component: c, data });
      },
    },
  };
};

const COMMAND_EVENTS = ['commandStarted', 'commandSucceeded', 'commandFailed'] as const;
/** The package's names of pool events, and the format's. */
const POOL_EVENTS = {
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
} as const;
const SDAM_EVENTS = [
  'serverOpening',
  'serverClosed',
  'serverDescriptionChanged',
  'topologyOpening',
  'topologyClosed',
  'topologyDescriptionChanged',
  'serverHeartbeatStarted',
  'serverHeartbeatSucceeded',
  'serverHeartbeatFailed',
] as const;

const observe = (client: MongoClient, { onEvent }: ClientObserver): void => {
  const listen = (name: string, type: string, family: 'command' | 'cmap' | 'sdam'): void => {
    (client as NodeJS.EventEmitter).on(name, (event: object) =>
      onEvent({ family, type, fields: ownFields(event), surplus: endsTransaction(event) }),
    );
  };
  for (const name of COMMAND_EVENTS) listen(name, `${name}Event`, 'command');
  for (const [name, type] of Object.entries(POOL_EVENTS)) listen(name, type, 'cmap');
  for (const name of SDAM_EVENTS) listen(name, `${name}Event`, 'sdam');
};

/**
 * The package bounds the write concern of each commit and abort by a wtimeout of its own; its own suite refuses no
 * further fields in the commands of events (its repository, test/tools/unified-spec-runner/match.ts).
 */
const endsTransaction = ({ commandName }: { readonly commandName?: string }): boolean =>
  commandName === 'commitTransaction' || commandName === 'abortTransaction';

/** A copy taken at once: the driver goes on to change some commands (a read concern) after publishing them. */
const ownFields = (event: object): Doc => {
  const fields = { ...event } as Doc;
  if (fields['command'] !== undefined) fields['command'] = structure(fields['command']);
  return fields;
};

const structure = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(structure);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, structure(entry)]));
};

function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) throw new TypeError(`not an error: ${String(error)}`);
  const server = error instanceof MongoServerError ? error : undefined;
  const bulk = error instanceof MongoBulkWriteError ? error : undefined;
  const gathered = bulk ? [bulk.writeErrors].flat() : [];
  const clientBulk = error instanceof MongoClientBulkWriteError ? error : undefined;
  const cause = clientBulk?.cause instanceof MongoServerError ? clientBulk.cause : undefined;
  const codeName = (cause ?? server)?.codeName;
  const code = (cause ?? server)?.code;
  return {
    message: `${error.name}: ${error.message}`,
    isClientError: server === undefined,
    isTimeoutError: error instanceof MongoOperationTimeoutError,
    ...(typeof code === 'number' && { code }),
    codeNames: codeName === undefined ? [] : [codeName],
    messages: [error.message, cause?.message ?? '', ...gathered.map(({ errmsg }) => errmsg ?? '')],
    labels: error instanceof MongoError ? (cause ?? error).errorLabels : [],
    ...(server && { response: (server.errorResponse ?? {}) as Doc }),
    ...(bulk && { result: bulkResultDocument(bulk.result) }),
    ...(clientBulk && {
      ...(clientBulk.partialResult && { result: clientBulkResultDocument(clientBulk.partialResult) }),
      writeErrors: Object.fromEntries(
        [...clientBulk.writeErrors].map(([index, entry]) => [index, { ...entry }]),
      ),
      writeConcernErrors: clientBulk.writeConcernErrors,
    }),
  };
}
