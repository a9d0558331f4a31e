import type { EventHub } from '../core/event-hub.js';
import type {
  CheckOutFailedReason,
  ConnectionClosedReason,
  PoolCreatedEvent,
  PoolEvents,
} from './pool-events.js';
import type { ServiceId } from './service-id.js';

/** Publishes the events of one pool. An event that nobody listens to is not made. */
export class PoolPublisher {
  readonly #address: string;
  readonly #events: EventHub<PoolEvents>;

  constructor(address: string, events: EventHub<PoolEvents>) {
    this.#address = address;
    this.#events = events;
  }

  poolCreated(options: () => PoolCreatedEvent['options']): void {
    if (!this.#events.has('connectionPoolCreated')) return;
    this.#events.publish('connectionPoolCreated', { address: this.#address, options: options() });
  }

  poolReady(): void {
    if (!this.#events.has('connectionPoolReady')) return;
    this.#events.publish('connectionPoolReady', { address: this.#address });
  }

  poolCleared(serviceId: ServiceId | undefined, interruptInUseConnections: boolean): void {
    if (!this.#events.has('connectionPoolCleared')) return;
    const event = { address: this.#address, serviceId, interruptInUseConnections };
    this.#events.publish('connectionPoolCleared', event);
  }

  poolClosed(): void {
    if (!this.#events.has('connectionPoolClosed')) return;
    this.#events.publish('connectionPoolClosed', { address: this.#address });
  }

  connectionCreated(connectionId: number): void {
    if (!this.#events.has('connectionCreated')) return;
    this.#events.publish('connectionCreated', { address: this.#address, connectionId });
  }

  connectionReady(connectionId: number, duration: number): void {
    if (!this.#events.has('connectionReady')) return;
    this.#events.publish('connectionReady', { address: this.#address, connectionId, duration });
  }

  connectionClosed(connectionId: number, reason: ConnectionClosedReason, error: unknown): void {
    if (!this.#events.has('connectionClosed')) return;
    this.#events.publish('connectionClosed', { address: this.#address, connectionId, reason, error });
  }

  checkOutStarted(): void {
    if (!this.#events.has('connectionCheckOutStarted')) return;
    this.#events.publish('connectionCheckOutStarted', { address: this.#address });
  }

  checkOutFailed(reason: CheckOutFailedReason, error: unknown, duration: number): void {
    if (!this.#events.has('connectionCheckOutFailed')) return;
    this.#events.publish('connectionCheckOutFailed', { address: this.#address, reason, error, duration });
  }

  checkedOut(connectionId: number, duration: number): void {
    if (!this.#events.has('connectionCheckedOut')) return;
    this.#events.publish('connectionCheckedOut', { address: this.#address, connectionId, duration });
  }

  checkedIn(connectionId: number): void {
    if (!this.#events.has('connectionCheckedIn')) return;
    this.#events.publish('connectionCheckedIn', { address: this.#address, connectionId });
  }
}
