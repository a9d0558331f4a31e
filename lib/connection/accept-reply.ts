import type { Document } from '../bson/document.js';
import { OperationFailure } from '../core/errors/server.js';
import type { Reply } from '../wire/reply.js';

/** The document of a reply that says `ok`; a refusal is thrown. For commands of the driver itself. */
export const acceptReply = (reply: Reply, address: string, command: string): Document => {
  const document = reply.decode();
  if (reply.ok) return document;
  const message = (document['errmsg'] as string | undefined) ?? `The server refused ${command}`;
  throw new OperationFailure(message, {
    code: reply.getNumber('code'),
    codeName: reply.getString('codeName'),
    command,
    address,
    details: document,
    labels: (document['errorLabels'] as string[] | undefined) ?? [],
  });
};
