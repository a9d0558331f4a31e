import type { Document } from '../bson/document.js';
import { RawBSONDocument } from '../bson/raw-document.js';
import type { EventHub } from '../core/event-hub.js';
import { OperationFailure } from '../core/errors/server.js';
import type { Command } from '../wire/command.js';
import type { Reply } from '../wire/reply.js';
import type { CommandEvents } from './command-events.js';
import type { ConnectionDescription } from './connection-description.js';

/** What the events tell of the connection. */
interface Origin {
  readonly id: number;
  readonly address: string;
  readonly description: ConnectionDescription;
}

/** The request whose reply is awaited, as its events describe it. Made only while somebody listens. */
export interface MonitoredRequest {
  readonly command: Command;
  readonly requestId: number;
  readonly operationId: number | undefined;
  readonly sensitive: boolean;
  /** Part of setting the connection up. */
  readonly handshake: boolean;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
}

export const isMonitored = (hub: EventHub<CommandEvents>): boolean =>
  hub.has('commandSucceeded') || hub.has('commandFailed') || hub.has('commandStarted');

const commonFields = (
  origin: Origin,
  { command, requestId, operationId, handshake }: MonitoredRequest,
): Omit<CommandEvents['commandStarted'], 'command'> => ({
  commandName: command.name,
  databaseName: command.database,
  requestId,
  operationId,
  connectionId: origin.address,
  driverConnectionId: origin.id,
  serverConnectionId: origin.description.serverConnectionId,
  serviceId: origin.description.serviceId,
  handshake,
});

/** An inserted document as it is sent: its `_id` first. Raw documents go as they are. */
const withId = (document: unknown, id: unknown): unknown => {
  if (document instanceof RawBSONDocument) return document;
  if (document instanceof Map) return new Map<unknown, unknown>([['_id', id], ...document]);
  return { _id: id, ...(document as Document) };
};

/** The command as listeners know it: document sequences as the array field that they stand for, cluster time decoded. */
const published = ({ body, database, sequence }: Command, documentsEncoded: number): Document => {
  const command: Document = { ...body };
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

export const publishStarted = (
  hub: EventHub<CommandEvents>,
  origin: Origin,
  request: MonitoredRequest,
  documentsEncoded: number,
): void => {
  if (!hub.has('commandStarted')) return;
  const command = request.sensitive ? {} : published(request.command, documentsEncoded);
  hub.publish('commandStarted', { ...commonFields(origin, request), command });
};

/** `reply` is absent for an unacknowledged write, which counts as a success. */
export const publishReply = (
  hub: EventHub<CommandEvents>,
  origin: Origin,
  request: MonitoredRequest,
  reply: Reply | undefined,
  now: number,
): void => {
  if (reply === undefined || reply.ok) {
    if (!hub.has('commandSucceeded')) return;
    const document = request.sensitive ? {} : (reply?.decode() ?? { ok: 1 });
    hub.publish('commandSucceeded', {
      ...commonFields(origin, request),
      duration: now - request.startedAt,
      reply: document,
    });
  } else if (hub.has('commandFailed')) {
    publishFailure(hub, origin, request, serverFailure(reply, request.sensitive), now);
  }
};

export const publishFailure = (
  hub: EventHub<CommandEvents>,
  origin: Origin,
  request: MonitoredRequest,
  failure: unknown,
  now: number,
): void => {
  if (!hub.has('commandFailed')) return;
  hub.publish('commandFailed', {
    ...commonFields(origin, request),
    duration: now - request.startedAt,
    failure,
  });
};

/** The server's refusal as an error; of a sensitive command only code, name of the code and labels. */
const serverFailure = (reply: Reply, sensitive: boolean): OperationFailure => {
  const labels = reply.get('errorLabels');
  return new OperationFailure(sensitive ? 'REDACTED' : (reply.getString('errmsg') ?? 'The command failed'), {
    code: reply.getNumber('code'),
    codeName: reply.getString('codeName'),
    labels: Array.isArray(labels) ? labels.map(String) : [],
    ...(!sensitive && { details: reply.decode() }),
  });
};
