import type { Document } from '../bson/document.js';
import { RawBSONDocument } from '../bson/raw-document.js';
import { OperationFailure } from '../core/errors/server.js';
import type { Command, CommandAdditions } from '../wire/command.js';
import { additionalFields } from '../wire/command-additions.js';
import type { Reply } from '../wire/reply.js';

/** An inserted document as it is sent: its `_id` first. Raw documents go as they are. */
const withId = (document: unknown, id: unknown): unknown => {
  if (document instanceof RawBSONDocument) return document;
  if (document instanceof Map) return new Map<unknown, unknown>([['_id', id], ...document]);
  return { _id: id, ...(document as Document) };
};

/** The command as listeners know it: document sequences as the array field that they stand for, cluster time decoded. */
export const publishedCommand = (
  { body, database, sequence }: Command,
  additions: CommandAdditions,
  documentsEncoded: number,
): Document => {
  const command: Document = { ...body, ...additionalFields(additions) };
  const clusterTime: unknown = body['$clusterTime'];
  if (clusterTime instanceof RawBSONDocument) command['$clusterTime'] = clusterTime.toObject();
  if (sequence !== undefined) {
    const { identifier, documents, ids, start } = sequence;
    const sent = documents.slice(start, start + documentsEncoded);
    command[identifier] =
      ids === undefined ? sent : sent.map((document, index) => withId(document, ids[start + index]));
  }
  command['$db'] = database;
  return command;
};

/** The server's refusal as an error; of a sensitive command only code, name of the code and labels. */
export const publishedRefusal = (reply: Reply, sensitive: boolean): OperationFailure => {
  const labels = reply.get('errorLabels');
  return new OperationFailure(sensitive ? 'REDACTED' : (reply.getString('errmsg') ?? 'The command failed'), {
    code: reply.getNumber('code'),
    codeName: reply.getString('codeName'),
    labels: Array.isArray(labels) ? labels.map(String) : [],
    ...(!sensitive && { details: reply.decode() }),
  });
};
