import { excerptExtendedJson } from '../bson/extended-json-excerpt.js';
import type { EventHub } from '../core/event-hub.js';
import type { TopologyEvents } from '../topology/topology-events.js';
import { describeTopology } from './describe-topology.js';
import { endpointOf } from './endpoint.js';
import { loggedInt64 } from './int64.js';
import type { Log } from './log.js';
import { loggedError } from './logged-error.js';

const heartbeatFields = (event: TopologyEvents['serverHeartbeatStarted']) => ({
  topologyId: event.topologyId.toHexString(),
  ...endpointOf(event.connectionId),
  driverConnectionId: event.driverConnectionId,
  serverConnectionId: loggedInt64(event.serverConnectionId),
  awaited: event.awaited,
});

/** SDAM logging and monitoring specification, "Log Messages". */
export const logTopology = (events: EventHub<TopologyEvents>, log: Log): void => {
  if (!log.isEnabled('topology', 'debug')) return;
  const write = (message: string, fields: Parameters<Log['write']>[3]): void => {
    log.write('topology', 'debug', message, fields);
  };
  events.on('topologyOpening', ({ topologyId }) => {
    write('Starting topology monitoring', { topologyId: topologyId.toHexString() });
  });
  events.on('topologyClosed', ({ topologyId }) => {
    write('Stopped topology monitoring', { topologyId: topologyId.toHexString() });
  });
  events.on('serverOpening', ({ topologyId, address }) => {
    write('Starting server monitoring', { topologyId: topologyId.toHexString(), ...endpointOf(address) });
  });
  events.on('serverClosed', ({ topologyId, address }) => {
    write('Stopped server monitoring', { topologyId: topologyId.toHexString(), ...endpointOf(address) });
  });
  events.on('topologyDescriptionChanged', ({ topologyId, previousDescription, newDescription }) => {
    write('Topology description changed', {
      topologyId: topologyId.toHexString(),
      previousDescription: describeTopology(previousDescription),
      newDescription: describeTopology(newDescription),
    });
  });
  events.on('serverHeartbeatStarted', (event) => write('Server heartbeat started', heartbeatFields(event)));
  events.on('serverHeartbeatSucceeded', (event) => {
    write('Server heartbeat succeeded', {
      ...heartbeatFields(event),
      durationMS: event.duration,
      reply: excerptExtendedJson(event.reply, log.maxDocumentLength),
    });
  });
  events.on('serverHeartbeatFailed', (event) => {
    write('Server heartbeat failed', {
      ...heartbeatFields(event),
      durationMS: event.duration,
      failure: loggedError(event.failure, log.maxDocumentLength),
    });
  });
};
