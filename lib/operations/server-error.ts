import type { Document } from '../bson/document.js';
import { ErrorCode, NODE_RECOVERING_CODES, NOT_WRITABLE_PRIMARY_CODES } from '../core/errors/codes.js';
import {
  CursorNotFound,
  DuplicateKeyError,
  ExecutionTimeout,
  NotPrimaryError,
  OperationFailure,
  WriteConcernError,
  WriteError,
  WTimeoutError,
  type DuplicateKeyErrorOptions,
  type ServerErrorOptions,
} from '../core/errors/server.js';

/** Where a command was when it failed: every server error names it. */
export interface FailureContext {
  /** Command name. */
  readonly command: string;
  /** `database.collection`, or the database alone. */
  readonly namespace: string;
  readonly address: string;
}

/** Servers that send no code say it in words (SDAM specification, "Not writable primary and node is recovering"). */
const NOT_WRITABLE_MESSAGE = /not master/i;
const RECOVERING_MESSAGE = /not master or secondary|node is recovering/i;

const isStateChange = (code: number | undefined, message: string): boolean =>
  code === undefined
    ? NOT_WRITABLE_MESSAGE.test(message) || RECOVERING_MESSAGE.test(message)
    : NOT_WRITABLE_PRIMARY_CODES.has(code) || NODE_RECOVERING_CODES.has(code);

const DUPLICATE_KEY_CODES: ReadonlySet<number> = new Set([
  ErrorCode.DuplicateKey,
  ErrorCode.DuplicateKeyUpdate,
  ErrorCode.DuplicateKeyCapped,
]);

const isDuplicateKey = (code: number | undefined): boolean =>
  code !== undefined && DUPLICATE_KEY_CODES.has(code);

type Keys = Pick<DuplicateKeyErrorOptions, 'keyPattern' | 'keyValue'>;

const keysOf = (document: Document): Keys => ({
  keyPattern: document['keyPattern'] as Keys['keyPattern'],
  keyValue: document['keyValue'] as Keys['keyValue'],
});

const asNumber = (value: unknown): number | undefined => (value == null ? undefined : Number(value));

const asString = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const optionsOf = (
  document: Document,
  context: FailureContext,
  labels: Iterable<string>,
): ServerErrorOptions => ({
  code: asNumber(document['code']),
  codeName: asString(document['codeName']),
  details: document,
  labels,
  ...context,
});

const say = (document: Document, context: FailureContext): string => {
  const text =
    asString(document['errmsg']) ??
    asString(document['$err']) ??
    'the server reported a failure without a message';
  return `${text} (${context.command} on ${context.namespace})`;
};

/** The error of a reply with `ok: 0`. */
export const commandError = (
  reply: Document,
  context: FailureContext,
): OperationFailure | NotPrimaryError => {
  const labels = Array.isArray(reply['errorLabels']) ? (reply['errorLabels'] as string[]) : [];
  const options = optionsOf(reply, context, labels);
  const message = say(reply, context);
  if (isStateChange(options.code, message))
    return new NotPrimaryError(message, { ...options, phase: 'in-use' });
  switch (options.code) {
    case ErrorCode.CursorNotFound:
      return new CursorNotFound(message, options);
    case ErrorCode.MaxTimeMSExpired:
      return new ExecutionTimeout(message, options);
    default:
  }
  return isDuplicateKey(options.code)
    ? new DuplicateKeyError(message, { ...options, ...keysOf(reply) })
    : new OperationFailure(message, options);
};

/** The error of one entry of `writeErrors`; `index` is the place of the failed write in the caller's input. */
export const writeError = (document: Document, index: number, context: FailureContext): WriteError => {
  const options = { ...optionsOf(document, context, []), index };
  const message = say(document, context);
  return isDuplicateKey(options.code)
    ? new DuplicateKeyError(message, { ...options, ...keysOf(document) })
    : new WriteError(message, options);
};

/** The error of a `writeConcernError` inside a reply whose command succeeded. */
export const writeConcernError = (
  document: Document,
  context: FailureContext,
  labels: Iterable<string> = [],
): WriteConcernError => {
  const options = optionsOf(document, context, labels);
  const message = say(document, context);
  return options.code === ErrorCode.WriteConcernFailed
    ? new WTimeoutError(message, options)
    : new WriteConcernError(message, options);
};

/**
 * The state change a `writeConcernError` tells of: such a code means the server stepped down after it had applied the
 * write, and the topology has to hear of it although the command was `ok: 1`. `topologyVersion` stands at the top of
 * the reply.
 */
export const stateChangeIn = (
  writeConcern: Document,
  topologyVersion: unknown,
  context: FailureContext,
): NotPrimaryError | undefined => {
  const code = asNumber(writeConcern['code']);
  if (code === undefined || !isStateChange(code, '')) return undefined;
  return new NotPrimaryError(say(writeConcern, context), {
    ...optionsOf(writeConcern, context, []),
    details: { ...writeConcern, topologyVersion },
  });
};
