import { DRIVER_VERSION } from '../connection/driver-version.js';
import type { CommandEvents } from '../connection/command-events.js';
import type { EventHub } from '../core/event-hub.js';
import type { Runtime } from '../core/runtime.js';
import type { ClientOptions } from '../options/client-options.js';
import type { PoolEvents } from '../pool/pool-events.js';
import type { SelectionEvents } from '../topology/selection/selection-events.js';
import type { TopologyEvents } from '../topology/topology-events.js';
import { logCommands } from './command-log.js';
import { logConnections } from './connection-log.js';
import { Log } from './log.js';
import { loggerSink } from './logger-sink.js';
import { logServerSelection } from './server-selection-log.js';
import { streamSink } from './stream-sink.js';
import { logTopology } from './topology-log.js';

type LoggedEvents = CommandEvents & PoolEvents & TopologyEvents & SelectionEvents;

/** The log of a client. It listens to the events of those components alone whose messages are wanted. */
export const clientLog = (options: ClientOptions, runtime: Runtime, events: EventHub<LoggedEvents>): Log => {
  const { logger, logLevel, logPath, logMaxDocumentLength, hosts, srvHost, appName } = options;
  const sink = logger === undefined ? streamSink(runtime, logPath) : loggerSink(logger);
  const log = new Log(logLevel, logMaxDocumentLength, sink);
  logCommands(events, log);
  logConnections(events, log);
  logTopology(events, log);
  logServerSelection(events, log);
  if (log.isEnabled('client', 'info')) {
    const fields = { hosts: srvHost ?? hosts.join(','), appName, driverVersion: DRIVER_VERSION };
    log.write('client', 'info', 'Client created', fields);
  }
  return log;
};

/** An option that is left out, or deprecated: to the log where that takes warnings of the client, else to the process. */
export const logWarning = (log: Log, message: string): void => {
  if (log.isEnabled('client', 'warn')) log.write('client', 'warn', message, {});
  else process.emitWarning(message, 'AsyncMongoWarning');
};

/** The last message of a client. Resolves when all have arrived. */
export const endClientLog = (log: Log): Promise<void> => {
  log.write('client', 'info', 'Client closed', {});
  return log.close();
};
