/**
 * What kind of failure an error records. Decisions inside the driver read this fact, never the class: an error may
 * come from another realm (a jest sandbox, a second copy of the package), where `instanceof` is false.
 */
export type ErrorKind =
  | 'configuration'
  | 'invalid-name'
  | 'invalid-operation'
  | 'invalid-document'
  | 'invalid-bson'
  | 'network'
  | 'network-timeout'
  | 'protocol'
  | 'not-primary'
  | 'server-selection'
  | 'wait-queue-timeout'
  | 'wait-queue-full'
  | 'pool-cleared'
  | 'operation-timeout'
  | 'server';

export interface AsyncMongoErrorOptions {
  readonly cause?: unknown;
  readonly labels?: Iterable<string>;
}

/**
 * Base class of every error the driver raises. Wrong argument types raise the built-in `TypeError` instead, and an
 * aborted operation rejects with its signal's own reason.
 */
export class AsyncMongoError extends Error {
  static {
    this.prototype.name = 'AsyncMongoError';
  }

  /** A stable string for failures found by the driver; the server's number for failures the server reported. */
  declare readonly code: string | number | undefined;

  /** What the driver's own decisions are based on. */
  declare readonly kind: ErrorKind;

  readonly #labels: Set<string>;

  constructor(
    message: string,
    kind: ErrorKind,
    code: string | number | undefined,
    options?: AsyncMongoErrorOptions,
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.#labels = new Set(options?.labels);
    Object.defineProperty(this, 'kind', { value: kind, enumerable: false });
    if (code !== undefined) Object.defineProperty(this, 'code', { value: code, enumerable: true });
  }

  /** The labels the server or the driver put on this error, for example `TransientTransactionError`. */
  get errorLabels(): readonly string[] {
    return [...this.#labels];
  }

  hasErrorLabel(label: string): boolean {
    return this.#labels.has(label);
  }

  /** @internal */
  addErrorLabel(label: string): void {
    this.#labels.add(label);
  }

  /** Whether the failure is a limit of time that ran out, wherever it was found. */
  get timeout(): boolean {
    return TIMEOUT_KINDS.has(this.kind);
  }
}

const TIMEOUT_KINDS: ReadonlySet<ErrorKind> = new Set([
  'network-timeout',
  'server-selection',
  'wait-queue-timeout',
  'operation-timeout',
]);
