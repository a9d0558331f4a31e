import type { Document } from '../bson/document.js';
import type { WriteConcernError, WriteError } from '../core/errors/server.js';
import type { Reply } from '../wire/reply.js';
import { writeConcernError, writeError, type FailureContext } from './server-error.js';

const labelsOf = (reply: Reply): readonly string[] => {
  const labels = reply.get('errorLabels');
  return Array.isArray(labels) ? (labels as string[]) : [];
};

/** The `writeErrors` of a reply, each with the index that `inputIndex` gives for its place in the command. */
export const writeErrorsOf = (
  reply: Reply,
  context: FailureContext,
  inputIndex: (position: number) => number,
): readonly WriteError[] => {
  if (!reply.has('writeErrors')) return [];
  const documents = reply.get('writeErrors') as readonly Document[];
  return documents.map((document) =>
    writeError(document, inputIndex(Number(document['index'] ?? 0)), context),
  );
};

/** The `writeConcernError` of a reply: the write was applied, but not to as many members as was asked for. */
export const writeConcernErrorOf = (reply: Reply, context: FailureContext): WriteConcernError | undefined =>
  reply.has('writeConcernError')
    ? writeConcernError(reply.get('writeConcernError') as Document, context, labelsOf(reply))
    : undefined;
