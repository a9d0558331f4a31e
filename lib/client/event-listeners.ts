/* eslint-disable @typescript-eslint/no-unsafe-declaration-merging -- every method is optional, so none can be missing */
import type {
  CommandFailedEvent,
  CommandStartedEvent,
  CommandSucceededEvent,
} from '../connection/command-events.js';
import type { EventHub } from '../core/event-hub.js';
import type { EventListener } from '../options/event-listener.js';
import type { ClientEvents } from './client-context.js';

/** Marks the listener classes, for instances of a second copy of the package too. */
const METHODS: unique symbol = Symbol.for('asyncmongo.listener-methods') as never;

type MethodTable = Readonly<Partial<Record<keyof ClientEvents, string>>>;

/** Hears of every command. Extend it and add the methods of interest. */
export interface CommandListener {
  started?(event: CommandStartedEvent): void;
  succeeded?(event: CommandSucceededEvent): void;
  failed?(event: CommandFailedEvent): void;
}

export class CommandListener {
  /** @internal */
  readonly [METHODS]: MethodTable = {
    commandStarted: 'started',
    commandSucceeded: 'succeeded',
    commandFailed: 'failed',
  };
}

/** Hears of the connection pools. Extend it and add the methods of interest. */
export interface ConnectionPoolListener {
  poolCreated?(event: ClientEvents['connectionPoolCreated']): void;
  poolReady?(event: ClientEvents['connectionPoolReady']): void;
  poolCleared?(event: ClientEvents['connectionPoolCleared']): void;
  poolClosed?(event: ClientEvents['connectionPoolClosed']): void;
  connectionCreated?(event: ClientEvents['connectionCreated']): void;
  connectionReady?(event: ClientEvents['connectionReady']): void;
  connectionClosed?(event: ClientEvents['connectionClosed']): void;
  connectionCheckOutStarted?(event: ClientEvents['connectionCheckOutStarted']): void;
  connectionCheckOutFailed?(event: ClientEvents['connectionCheckOutFailed']): void;
  connectionCheckedOut?(event: ClientEvents['connectionCheckedOut']): void;
  connectionCheckedIn?(event: ClientEvents['connectionCheckedIn']): void;
}

export class ConnectionPoolListener {
  /** @internal */
  readonly [METHODS]: MethodTable = {
    connectionPoolCreated: 'poolCreated',
    connectionPoolReady: 'poolReady',
    connectionPoolCleared: 'poolCleared',
    connectionPoolClosed: 'poolClosed',
    connectionCreated: 'connectionCreated',
    connectionReady: 'connectionReady',
    connectionClosed: 'connectionClosed',
    connectionCheckOutStarted: 'connectionCheckOutStarted',
    connectionCheckOutFailed: 'connectionCheckOutFailed',
    connectionCheckedOut: 'connectionCheckedOut',
    connectionCheckedIn: 'connectionCheckedIn',
  };
}

/** Hears of the checks of servers. Extend it and add the methods of interest. */
export interface ServerHeartbeatListener {
  started?(event: ClientEvents['serverHeartbeatStarted']): void;
  succeeded?(event: ClientEvents['serverHeartbeatSucceeded']): void;
  failed?(event: ClientEvents['serverHeartbeatFailed']): void;
}

export class ServerHeartbeatListener {
  /** @internal */
  readonly [METHODS]: MethodTable = {
    serverHeartbeatStarted: 'started',
    serverHeartbeatSucceeded: 'succeeded',
    serverHeartbeatFailed: 'failed',
  };
}

/** Hears of servers that come, change and go. Extend it and add the methods of interest. */
export interface ServerListener {
  opened?(event: ClientEvents['serverOpening']): void;
  descriptionChanged?(event: ClientEvents['serverDescriptionChanged']): void;
  closed?(event: ClientEvents['serverClosed']): void;
}

export class ServerListener {
  /** @internal */
  readonly [METHODS]: MethodTable = {
    serverOpening: 'opened',
    serverDescriptionChanged: 'descriptionChanged',
    serverClosed: 'closed',
  };
}

/** Hears of the deployment as a whole. Extend it and add the methods of interest. */
export interface TopologyListener {
  opened?(event: ClientEvents['topologyOpening']): void;
  descriptionChanged?(event: ClientEvents['topologyDescriptionChanged']): void;
  closed?(event: ClientEvents['topologyClosed']): void;
}

export class TopologyListener {
  /** @internal */
  readonly [METHODS]: MethodTable = {
    topologyOpening: 'opened',
    topologyDescriptionChanged: 'descriptionChanged',
    topologyClosed: 'closed',
  };
}

const EVENT_NAMES = [
  new CommandListener(),
  new ConnectionPoolListener(),
  new ServerHeartbeatListener(),
  new ServerListener(),
  new TopologyListener(),
].flatMap((listener) => Object.keys(listener[METHODS])) as readonly (keyof ClientEvents)[];

/** Methods of any other object are called by the names of the events: `{ commandStarted(event) { … } }`. */
const BY_EVENT_NAME: MethodTable = Object.fromEntries(EVENT_NAMES.map((name) => [name, name]));

/** Name of an event of a client; the argument to `on` is checked against it. */
export const checkEventName = (name: string): void => {
  if (!(EVENT_NAMES as readonly string[]).includes(name)) {
    throw new TypeError(`There is no event "${name}"; events are ${EVENT_NAMES.join(', ')}`);
  }
};

/** Connects one listener object to the events it has methods for. */
export const addEventListener = (events: EventHub<ClientEvents>, listener: EventListener): void => {
  const own = METHODS in listener ? (listener[METHODS] as MethodTable) : BY_EVENT_NAME;
  const target = listener as Readonly<Record<string, unknown>>;
  let heard = 0;
  for (const [name, method] of Object.entries(own) as [keyof ClientEvents, string][]) {
    if (typeof target[method] !== 'function') continue;
    heard++;
    events.on(name, (event: unknown) => {
      (target[method] as (event: unknown) => void).call(listener, event);
    });
  }
  if (heard === 0) {
    throw new TypeError(`An event listener needs a method for an event, such as ${EVENT_NAMES[0] ?? ''}`);
  }
};
