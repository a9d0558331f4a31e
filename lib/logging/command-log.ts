import { excerptExtendedJson } from '../bson/extended-json-excerpt.js';
import type { CommandEvents, CommandStartedEvent } from '../connection/command-events.js';
import type { EventHub } from '../core/event-hub.js';
import { endpointOf } from './endpoint.js';
import { loggedInt64 } from './int64.js';
import type { Log } from './log.js';
import { loggedError } from './logged-error.js';

const commonFields = (event: Omit<CommandStartedEvent, 'command'>) => ({
  commandName: event.commandName,
  databaseName: event.databaseName,
  requestId: event.requestId,
  operationId: event.operationId,
  driverConnectionId: event.driverConnectionId,
  serverConnectionId: loggedInt64(event.serverConnectionId),
  ...endpointOf(event.connectionId),
  serviceId: event.serviceId?.toHexString(),
});

/** Command logging and monitoring specification, "Log Messages". Commands that set a connection up are not logged. */
export const logCommands = (events: EventHub<CommandEvents>, log: Log): void => {
  if (!log.isEnabled('command', 'debug')) return;
  const excerpt = (document: unknown): string => excerptExtendedJson(document, log.maxDocumentLength);
  events.on('commandStarted', (event) => {
    if (event.handshake) return;
    log.write('command', 'debug', 'Command started', {
      ...commonFields(event),
      command: excerpt(event.command),
    });
  });
  events.on('commandSucceeded', (event) => {
    if (event.handshake) return;
    log.write('command', 'debug', 'Command succeeded', {
      ...commonFields(event),
      durationMS: event.duration,
      reply: excerpt(event.reply),
    });
  });
  events.on('commandFailed', (event) => {
    if (event.handshake) return;
    log.write('command', 'debug', 'Command failed', {
      ...commonFields(event),
      durationMS: event.duration,
      failure: loggedError(event.failure, log.maxDocumentLength),
    });
  });
};
