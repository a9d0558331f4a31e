/** Numbers of the server's published error-code list that the driver's rules name. */
export const ErrorCode = {
  HostUnreachable: 6,
  HostNotFound: 7,
  UserNotFound: 11,
  UnauthorizedAction: 13,
  AuthenticationFailed: 18,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  CommandNotFound: 59,
  WriteConcernFailed: 64,
  NetworkTimeout: 89,
  ShutdownInProgress: 91,
  WriteConflict: 112,
  ReadConcernMajorityNotAvailableYet: 134,
  PrimarySteppedDown: 189,
  ExceededTimeLimit: 262,
  SocketException: 9001,
  NotWritablePrimary: 10107,
  LegacyNotPrimary: 10058,
  DuplicateKey: 11000,
  DuplicateKeyUpdate: 11001,
  InterruptedAtShutdown: 11600,
  InterruptedDueToReplStateChange: 11602,
  DuplicateKeyCapped: 12582,
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
