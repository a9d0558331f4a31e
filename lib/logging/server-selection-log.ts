import type { EventHub } from '../core/event-hub.js';
import type { SelectionEvent, SelectionEvents } from '../topology/selection/selection-events.js';
import { describeSelector } from '../topology/selection/server-selector.js';
import { describeTopology } from './describe-topology.js';
import { endpointOf } from './endpoint.js';
import type { Log } from './log.js';
import { loggedError } from './logged-error.js';

const commonFields = ({ selector, custom, purpose, topologyDescription }: SelectionEvent) => ({
  selector: `${describeSelector(selector)}${custom ? ', by the custom serverSelector' : ''}`,
  operation: purpose.operation.name,
  operationId: purpose.options.operationId,
  topologyDescription: describeTopology(topologyDescription),
});

/** The message of the error goes on with what is known of each server, which the description tells already. */
const withoutServers = (failure: unknown): unknown => {
  if (!(failure instanceof Error)) return failure;
  const { name, code } = failure as Error & { readonly code?: unknown };
  return { name, code, message: failure.message.split('\n', 1)[0] };
};

/** Server selection specification, "Logging". */
export const logServerSelection = (events: EventHub<SelectionEvents>, log: Log): void => {
  if (!log.isEnabled('serverSelection', 'info')) return;
  events.on('serverSelectionWaiting', (event) => {
    log.write('serverSelection', 'info', 'Waiting for suitable server to become available', {
      ...commonFields(event),
      remainingTimeMS: event.remainingTimeMS,
    });
  });
  if (!log.isEnabled('serverSelection', 'debug')) return;
  events.on('serverSelectionStarted', (event) => {
    log.write('serverSelection', 'debug', 'Server selection started', commonFields(event));
  });
  events.on('serverSelectionSucceeded', (event) => {
    log.write('serverSelection', 'debug', 'Server selection succeeded', {
      ...commonFields(event),
      ...endpointOf(event.address),
    });
  });
  events.on('serverSelectionFailed', (event) => {
    log.write('serverSelection', 'debug', 'Server selection failed', {
      ...commonFields(event),
      failure: loggedError(withoutServers(event.failure), log.maxDocumentLength),
    });
  });
};
