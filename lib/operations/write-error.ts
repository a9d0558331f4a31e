import { ErrorCode } from '../core/errors/codes.js';
import { DuplicateKeyError, WriteConcernError, WriteError, WTimeoutError } from '../core/errors/server.js';
import type { Reply } from '../wire/reply.js';

/** Where a write failed: every server error names it. */
export interface WriteContext {
  readonly command: string;
  readonly namespace: string;
  readonly address: string;
}

type ServerDocument = Readonly<Record<string, unknown>>;

const DUPLICATE_KEY_CODES: ReadonlySet<number> = new Set([
  ErrorCode.DuplicateKey,
  ErrorCode.DuplicateKeyUpdate,
  ErrorCode.DuplicateKeyCapped,
]);

const numberOf = (value: unknown): number | undefined => (value == null ? undefined : Number(value));
const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const labelsOf = (reply: Reply): readonly string[] => {
  const labels = reply.get('errorLabels');
  return Array.isArray(labels) ? (labels as string[]) : [];
};

const describeFailure = (document: ServerDocument, context: WriteContext): string =>
  `${stringOf(document['errmsg']) ?? 'the server gave no message'} (${context.command} on ${context.namespace})`;

const toWriteError = (document: ServerDocument, index: number, context: WriteContext): WriteError => {
  const code = numberOf(document['code']);
  const message = describeFailure(document, context);
  const options = { ...context, code, codeName: stringOf(document['codeName']), details: document, index };
  if (code === undefined || !DUPLICATE_KEY_CODES.has(code)) return new WriteError(message, options);
  return new DuplicateKeyError(message, {
    ...options,
    keyPattern: document['keyPattern'] as Readonly<Record<string, unknown>> | undefined,
    keyValue: document['keyValue'] as Readonly<Record<string, unknown>> | undefined,
  });
};

/** The `writeErrors` of a reply, each with the index that `inputIndex` gives for its place in the command. */
export const writeErrorsOf = (
  reply: Reply,
  context: WriteContext,
  inputIndex: (position: number) => number,
): readonly WriteError[] => {
  if (!reply.has('writeErrors')) return [];
  const documents = reply.get('writeErrors') as readonly ServerDocument[];
  return documents.map((document) =>
    toWriteError(document, inputIndex(numberOf(document['index']) ?? 0), context),
  );
};

/** The `writeConcernError` of a reply: the write was applied, but not to as many members as was asked for. */
export const writeConcernErrorOf = (reply: Reply, context: WriteContext): WriteConcernError | undefined => {
  if (!reply.has('writeConcernError')) return undefined;
  const document = reply.get('writeConcernError') as ServerDocument;
  const code = numberOf(document['code']);
  const options = {
    ...context,
    code,
    codeName: stringOf(document['codeName']),
    details: document,
    labels: labelsOf(reply),
  };
  const message = describeFailure(document, context);
  return code === ErrorCode.WriteConcernFailed
    ? new WTimeoutError(message, options)
    : new WriteConcernError(message, options);
};
