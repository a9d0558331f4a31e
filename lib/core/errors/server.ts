import { AsyncMongoError, type AsyncMongoErrorOptions } from './base.js';
import { AutoReconnect, type ConnectionFailureOptions } from './connection.js';

/** What the server said, with where it was said. */
export interface ServerErrorOptions extends AsyncMongoErrorOptions {
  readonly code?: number | undefined;
  readonly codeName?: string | undefined;
  /** The whole reply, or the write error's own document. */
  readonly details?: unknown;
  /** `database.collection`, or the database alone. */
  readonly namespace?: string | undefined;
  /** Name of the command that failed, for example `insert`. */
  readonly command?: string | undefined;
  /** `host:port` of the server that answered. */
  readonly address?: string | undefined;
}

/** The server refused or failed a command. */
export class OperationFailure extends AsyncMongoError {
  static {
    this.prototype.name = 'OperationFailure';
  }

  declare readonly code: number | undefined;
  readonly codeName: string | undefined;
  readonly namespace: string | undefined;
  readonly command: string | undefined;
  readonly address: string | undefined;

  /** The server's document. Not enumerable: it may quote values of the command. */
  declare readonly details: unknown;

  constructor(message: string, options: ServerErrorOptions = {}) {
    super(message, 'server', options.code, options);
    this.codeName = options.codeName;
    this.namespace = options.namespace;
    this.command = options.command;
    this.address = options.address;
    Object.defineProperty(this, 'details', { value: options.details, enumerable: false });
  }
}

/** The server no longer knows the cursor (code 43): it was idle too long, was killed, or the server restarted. */
export class CursorNotFound extends OperationFailure {
  static {
    this.prototype.name = 'CursorNotFound';
  }
}

/** The server stopped the command at its `maxTimeMS` (code 50). */
export class ExecutionTimeout extends OperationFailure {
  static {
    this.prototype.name = 'ExecutionTimeout';
  }

  override get timeout(): boolean {
    return true;
  }
}

export interface WriteErrorOptions extends ServerErrorOptions {
  /** Position of the failed write among the caller's writes. */
  readonly index?: number;
}

/** One write of a command failed. */
export class WriteError extends OperationFailure {
  static {
    this.prototype.name = 'WriteError';
  }

  readonly index: number;

  constructor(message: string, options: WriteErrorOptions = {}) {
    super(message, options);
    this.index = options.index ?? 0;
  }
}

export interface DuplicateKeyErrorOptions extends WriteErrorOptions {
  readonly keyPattern?: Readonly<Record<string, unknown>> | undefined;
  readonly keyValue?: Readonly<Record<string, unknown>> | undefined;
}

/** A write would have given a unique index the same key twice (codes 11000, 11001, 12582). */
export class DuplicateKeyError extends WriteError {
  static {
    this.prototype.name = 'DuplicateKeyError';
  }

  /** The fields of the unique index, as the server reports them. */
  readonly keyPattern: Readonly<Record<string, unknown>> | undefined;

  /** The value that was already there. Not enumerable: it is user data. */
  declare readonly keyValue: Readonly<Record<string, unknown>> | undefined;

  constructor(message: string, options: DuplicateKeyErrorOptions = {}) {
    super(message, options);
    this.keyPattern = options.keyPattern;
    Object.defineProperty(this, 'keyValue', { value: options.keyValue, enumerable: false });
  }

  /** Names of the fields of the unique index. */
  get keys(): readonly string[] {
    return Object.keys(this.keyPattern ?? {});
  }
}

/** The write was applied, but not to as many members as its write concern asked for. */
export class WriteConcernError extends OperationFailure {
  static {
    this.prototype.name = 'WriteConcernError';
  }
}

/** `wtimeoutMS` passed before enough members had the write (code 64). The write may still have happened. */
export class WTimeoutError extends WriteConcernError {
  static {
    this.prototype.name = 'WTimeoutError';
  }

  override get timeout(): boolean {
    return true;
  }
}

export interface BulkWriteErrorOptions<TResult> extends ServerErrorOptions {
  readonly writeErrors: readonly WriteError[];
  readonly writeConcernErrors: readonly WriteConcernError[];
  /** What was done before and beside the failures. */
  readonly result: TResult;
}

/** Some writes of a batch failed. `result` tells what succeeded; each entry of `writeErrors` has its input index. */
export class BulkWriteError<TResult = unknown> extends OperationFailure {
  static {
    this.prototype.name = 'BulkWriteError';
  }

  readonly writeErrors: readonly WriteError[];
  readonly writeConcernErrors: readonly WriteConcernError[];
  readonly result: TResult;

  constructor(message: string, options: BulkWriteErrorOptions<TResult>) {
    super(message, options);
    this.writeErrors = options.writeErrors;
    this.writeConcernErrors = options.writeConcernErrors;
    this.result = options.result;
  }
}

/** The server is no longer primary, or is going down: a write went to the wrong member (codes of the state-change list). */
export class NotPrimaryError extends AutoReconnect {
  static {
    this.prototype.name = 'NotPrimaryError';
  }

  declare readonly code: number | undefined;
  readonly codeName: string | undefined;
  readonly namespace: string | undefined;
  readonly command: string | undefined;
  declare readonly details: unknown;

  constructor(message: string, options: ServerErrorOptions & ConnectionFailureOptions = {}) {
    super(message, options, 'not-primary', options.code);
    this.codeName = options.codeName;
    this.namespace = options.namespace;
    this.command = options.command;
    Object.defineProperty(this, 'details', { value: options.details, enumerable: false });
  }
}
