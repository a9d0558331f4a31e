import type { EventHub } from '../../core/event-hub.js';
import type { SelectionEvent, SelectionEvents } from './selection-events.js';
import type { Server } from '../server.js';

/** Tells of the beginning and the end of a selection. */
export const observeSelection = (
  events: EventHub<SelectionEvents>,
  facts: () => SelectionEvent,
  select: () => Server | Promise<Server>,
): Server | Promise<Server> => {
  const succeeded = (server: Server): Server => {
    events.publish('serverSelectionSucceeded', { ...facts(), address: server.address });
    return server;
  };
  const failed = (failure: unknown): never => {
    events.publish('serverSelectionFailed', { ...facts(), failure });
    throw failure;
  };
  events.publish('serverSelectionStarted', facts());
  let selected: Server | Promise<Server>;
  try {
    selected = select();
  } catch (failure) {
    return failed(failure);
  }
  return 'then' in selected ? selected.then(succeeded, failed) : succeeded(selected);
};
