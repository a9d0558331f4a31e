import type { ObjectId } from '../bson/values.js';
import type { EventHub } from '../core/event-hub.js';
import { emptyDescription } from './description/initial-description.js';
import { sameServerDescription, type ServerDescription } from './description/server-description.js';
import { sameTopologyDescription, type TopologyDescription } from './description/topology-description.js';
import type { TopologyEvents } from './topology-events.js';

/** Publishes what becomes of one topology. An event that nobody listens to is not made. */
export class TopologyPublisher {
  readonly #topologyId: ObjectId;
  readonly #events: EventHub<TopologyEvents>;

  constructor(topologyId: ObjectId, events: EventHub<TopologyEvents>) {
    this.#topologyId = topologyId;
    this.#events = events;
  }

  /** With the first description, which follows on one that knows nothing. */
  opened(first: TopologyDescription): void {
    const topologyId = this.#topologyId;
    if (this.#events.has('topologyOpening')) this.#events.publish('topologyOpening', { topologyId });
    if (!this.#events.has('topologyDescriptionChanged')) return;
    const previousDescription = emptyDescription(topologyId, first.heartbeatFrequencyMS);
    const event = { topologyId, previousDescription, newDescription: first };
    this.#events.publish('topologyDescriptionChanged', event);
  }

  descriptionChanged(previousDescription: TopologyDescription, newDescription: TopologyDescription): void {
    if (!this.#events.has('topologyDescriptionChanged')) return;
    if (sameTopologyDescription(previousDescription, newDescription)) return;
    const event = { topologyId: this.#topologyId, previousDescription, newDescription };
    this.#events.publish('topologyDescriptionChanged', event);
  }

  /** With the last description, which knows nothing any more. */
  closed(previousDescription: TopologyDescription, newDescription: TopologyDescription): void {
    const topologyId = this.#topologyId;
    if (this.#events.has('topologyDescriptionChanged')) {
      const event = { topologyId, previousDescription, newDescription };
      this.#events.publish('topologyDescriptionChanged', event);
    }
    if (this.#events.has('topologyClosed')) this.#events.publish('topologyClosed', { topologyId });
  }

  serverOpening(address: string): void {
    if (!this.#events.has('serverOpening')) return;
    this.#events.publish('serverOpening', { topologyId: this.#topologyId, address });
  }

  serverDescriptionChanged(previousDescription: ServerDescription, newDescription: ServerDescription): void {
    // What another member says of a server is a guess, not news of the server itself.
    if (newDescription.serverType === 'PossiblePrimary') return;
    if (!this.#events.has('serverDescriptionChanged')) return;
    if (sameServerDescription(previousDescription, newDescription)) return;
    const { address } = newDescription;
    const event = { topologyId: this.#topologyId, address, previousDescription, newDescription };
    this.#events.publish('serverDescriptionChanged', event);
  }

  serverClosed(address: string): void {
    if (!this.#events.has('serverClosed')) return;
    this.#events.publish('serverClosed', { topologyId: this.#topologyId, address });
  }
}
