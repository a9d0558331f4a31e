/** Numbers of the server's published error-code list that the driver's rules name. */
export const ErrorCode = {
  HostUnreachable: 6,
  HostNotFound: 7,
  UserNotFound: 11,
  UnauthorizedAction: 13,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  CommandNotFound: 59,
  StaleShardVersion: 63,
  WriteConcernFailed: 64,
  UnknownReplWriteConcern: 79,
  NetworkTimeout: 89,
  ShutdownInProgress: 91,
  UnsatisfiableWriteConcern: 100,
  WriteConflict: 112,
  FailedToSatisfyReadPreference: 133,
  ReadConcernMajorityNotAvailableYet: 134,
  StaleEpoch: 150,
  PrimarySteppedDown: 189,
  RetryChangeStream: 234,
  ExceededTimeLimit: 262,
  ChangeStreamHistoryLost: 286,
  SocketException: 9001,
  NotWritablePrimary: 10107,
  LegacyNotPrimary: 10058,
  DuplicateKey: 11000,
  DuplicateKeyUpdate: 11001,
  InterruptedAtShutdown: 11600,
  InterruptedDueToReplStateChange: 11602,
  DuplicateKeyCapped: 12582,
  StaleConfig: 13388,
  NotPrimaryNoSecondaryOk: 13435,
  NotPrimaryOrSecondary: 13436,
} as const;

/** "Not writable primary" errors of the SDAM specification, section "Not writable primary and node is recovering". */
export const NOT_WRITABLE_PRIMARY_CODES: ReadonlySet<number> = new Set([
  ErrorCode.NotWritablePrimary,
  ErrorCode.NotPrimaryNoSecondaryOk,
  ErrorCode.LegacyNotPrimary,
]);

/** "Node is recovering" errors of the same section. */
export const NODE_RECOVERING_CODES: ReadonlySet<number> = new Set([
  ErrorCode.ShutdownInProgress,
  ErrorCode.PrimarySteppedDown,
  ErrorCode.InterruptedAtShutdown,
  ErrorCode.InterruptedDueToReplStateChange,
  ErrorCode.NotPrimaryOrSecondary,
]);

/** "Node is shutting down" errors: these clear the pool on every server version. */
export const NODE_SHUTTING_DOWN_CODES: ReadonlySet<number> = new Set([
  ErrorCode.ShutdownInProgress,
  ErrorCode.InterruptedAtShutdown,
]);

/** Retryable writes specification, section "Determining Retryable Errors" (servers that send no labels). */
export const RETRYABLE_WRITE_CODES: ReadonlySet<number> = new Set([
  ErrorCode.HostUnreachable,
  ErrorCode.HostNotFound,
  ErrorCode.NetworkTimeout,
  ErrorCode.ShutdownInProgress,
  ErrorCode.PrimarySteppedDown,
  ErrorCode.ExceededTimeLimit,
  ErrorCode.SocketException,
  ErrorCode.NotWritablePrimary,
  ErrorCode.InterruptedAtShutdown,
  ErrorCode.InterruptedDueToReplStateChange,
  ErrorCode.NotPrimaryNoSecondaryOk,
  ErrorCode.NotPrimaryOrSecondary,
]);

/** Retryable reads specification, section "Retryable Error": the codes above and one more. */
export const RETRYABLE_READ_CODES: ReadonlySet<number> = new Set([
  ...RETRYABLE_WRITE_CODES,
  ErrorCode.ReadConcernMajorityNotAvailableYet,
]);

/** Change streams specification, "Resumable Error" (servers before 4.4, which send no labels). */
export const RESUMABLE_CHANGE_STREAM_CODES: ReadonlySet<number> = new Set([
  ErrorCode.HostUnreachable,
  ErrorCode.HostNotFound,
  ErrorCode.StaleShardVersion,
  ErrorCode.NetworkTimeout,
  ErrorCode.ShutdownInProgress,
  ErrorCode.FailedToSatisfyReadPreference,
  ErrorCode.StaleEpoch,
  ErrorCode.PrimarySteppedDown,
  ErrorCode.RetryChangeStream,
  ErrorCode.ExceededTimeLimit,
  ErrorCode.SocketException,
  ErrorCode.NotWritablePrimary,
  ErrorCode.InterruptedAtShutdown,
  ErrorCode.InterruptedDueToReplStateChange,
  ErrorCode.StaleConfig,
  ErrorCode.NotPrimaryNoSecondaryOk,
  ErrorCode.NotPrimaryOrSecondary,
]);
