/** asyncmongo: an async-first MongoDB driver for Node.js. */
export { AsyncMongoClient, type AsyncMongoClientConstructor } from './client/client-handle.js';
export { AsyncDatabase } from './client/database-handle.js';
export { AsyncCollection } from './client/collection-handle.js';
export * as legacy from './client/legacy-writes.js';
export { ClientRequest } from './client/client-request.js';
export { AsyncClientSession } from './client/session.js';
export type { CallLimits } from './client/call-deadline.js';
export type { SessionOptions } from './client/session-options.js';
export type { TransactionOptions } from './client/transaction-options.js';
export type { WithTransactionOptions } from './client/with-transaction.js';
export type { ConcurrentOperations } from './sessions/transaction.js';
export type { TransactionState } from './sessions/transaction-state.js';
export { AsyncCursor, type FindCursorOptions } from './cursors/async-cursor.js';
export { AsyncCommandCursor } from './cursors/async-command-cursor.js';
export { AsyncChangeStream } from './cursors/async-change-stream.js';
export type * from './cursors/change-event.js';
export type { ChangeStreamState } from './cursors/change-stream-state.js';
export type { ResumeTokenStore } from './cursors/resume-token-store.js';

export type {
  AggregateOptions,
  BulkWriteOptions,
  DeleteOptions,
  FindOneAndDeleteOptions,
  FindOneAndReplaceOptions,
  FindOneAndUpdateOptions,
  FindOneOptions,
  FindOptions,
  InsertManyOptions,
  InsertOneOptions,
  ReplaceOptions,
  UpdateOneOptions,
  UpdateOptions,
} from './client/async-collection.js';
export type {
  CommandOptions,
  CursorCommandOptions,
  ListCollectionsCallOptions,
} from './client/async-database.js';
export type { Filter, IdOf, OptionalId, UpdateFilter, WithId, WithoutId } from './client/document-types.js';
export type { OperationOptions, ReadOptions, WriteOptions } from './client/operation-options.js';
export type { WatchOptions } from './client/watch.js';
export type { CloseOptions } from './client/close-options.js';
export type { HandleOptions } from './client/settings.js';
export type { ServerAddress } from './client/server-address.js';
export type { TopologyChange } from './client/topology-changes.js';
export type { ClientEvents } from './client/client-context.js';
export type { ClientStats, ServerStats } from './client/client-stats.js';
export {
  CommandListener,
  ConnectionPoolListener,
  ServerHeartbeatListener,
  ServerListener,
  TopologyListener,
} from './client/event-listeners.js';

export {
  BulkWriteResult,
  DeleteResult,
  InsertManyResult,
  InsertOneResult,
  UpdateResult,
} from './operations/write-results.js';
export type { BulkWriteModel } from './operations/bulk-write.js';
export type { CountOptions } from './operations/count.js';
export type { CreateCollectionOptions } from './operations/create.js';
export type { CreateIndexesOptions, IndexModel, IndexProperties } from './operations/create-indexes.js';
export type { SearchIndexModel } from './operations/create-search-indexes.js';
export type { DistinctOptions } from './operations/distinct.js';
export type { ExplainOptions, ExplainVerbosity } from './operations/explain.js';
export type { IndexDirection, IndexKeys } from './operations/index-keys.js';
export type { ListDatabasesOptions } from './operations/list-databases.js';
export type { Sort, SortDirection } from './operations/sort.js';
export type { ValidateOptions } from './operations/validate.js';

export { timeout, type TimeoutOptions } from './core/timeout.js';
export type { AsyncMongoClientOptions } from './options/async-mongo-client-options.js';
export type { ClientOptions } from './options/client-options.js';
export { parseConnectionString, type ParsedConnectionString } from './options/connection-string.js';
export { Credentials } from './options/credentials.js';
export { DriverInfo } from './options/driver-info.js';
export type { EventListener } from './options/event-listener.js';
export { HostAddress } from './options/host-address.js';
export type {
  LeveledLogger,
  LogComponent,
  LogEntry,
  LogFields,
  LoggedError,
  Logger,
  LogLevel,
  LogLevels,
} from './options/logger.js';
export { mergeConnectionStrings } from './options/merge-connection-strings.js';
export { ReadConcern, type ReadConcernLevel } from './options/read-concern.js';
export {
  ReadPreference,
  type ReadPreferenceLike,
  type ReadPreferenceMode,
} from './options/read-preference.js';
export { ServerApi, ServerApiVersion } from './options/server-api.js';
export { WriteConcern, type WriteConcernOptions } from './options/write-concern.js';

export type { ServerDescription } from './topology/description/server-description.js';
export type { TopologyDescription } from './topology/description/topology-description.js';
export type { TopologyType } from './topology/description/topology-types.js';
export type {
  ServerDescriptionChangedEvent,
  ServerHeartbeatFailedEvent,
  ServerHeartbeatSucceededEvent,
  TopologyDescriptionChangedEvent,
} from './topology/topology-events.js';
export type {
  CommandFailedEvent,
  CommandStartedEvent,
  CommandSucceededEvent,
} from './connection/command-events.js';
export type {
  ConnectionCheckOutFailedEvent,
  ConnectionCheckedOutEvent,
  ConnectionClosedEvent,
  ConnectionReadyEvent,
  PoolClearedEvent,
  PoolCreatedEvent,
} from './pool/pool-events.js';

export type { CommandTrace } from './connection/command-channel.js';
export type { AttemptTrace, OperationTrace } from './execute/operation-channel.js';
export type { CheckOutTrace } from './pool/check-out-channel.js';

export { AsyncMongoError, AsyncMongoError as MongoError } from './core/errors/base.js';
export { InvalidBSON, InvalidDocument } from './core/errors/bson.js';
export { ChangeStreamError, type ChangeStreamEnd } from './core/errors/change-stream.js';
export {
  AutoReconnect,
  ConnectionFailure,
  ExceededMaxWaiters,
  NetworkTimeout,
  OperationTimeout,
  PoolClearedError,
  ProtocolError,
  ServerSelectionTimeoutError,
  WaitQueueTimeoutError,
} from './core/errors/connection.js';
export {
  BulkWriteError,
  CursorNotFound,
  DuplicateKeyError,
  ExecutionTimeout,
  NotPrimaryError,
  OperationFailure,
  WriteConcernError,
  WriteError,
  WTimeoutError,
} from './core/errors/server.js';
export { ConfigurationError, InvalidName, InvalidOperation, InvalidURI } from './core/errors/usage.js';

export * from './bson/values.js';
export { DATETIME_MAX, DATETIME_MIN } from './bson/datetime-ms.js';
export { SON, type Document, type DocumentLike } from './bson/document.js';
export {
  CodecOptions,
  type CodecOptionFields,
  type DatetimeConversion,
  type DocumentClass,
  type Int64Conversion,
  type UndefinedValues,
  type UnicodeDecodeErrorHandler,
  type UuidRepresentation,
} from './bson/codec-options.js';
export { RawBSONDocument } from './bson/raw-document.js';
export {
  TypeRegistry,
  type FallbackEncoder,
  type TypeCodec,
  type TypeDecoder,
  type TypeEncoder,
} from './bson/type-registry.js';
