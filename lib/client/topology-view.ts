import { InvalidOperation } from '../core/errors/usage.js';
import { deadlineAfter, deadlineFailure, NO_DEADLINE } from '../core/deadline.js';
import type { ServerDescription } from '../topology/description/server-description.js';
import type { Topology } from '../topology/topology.js';
import { isKnown } from '../topology/description/topology-types.js';
import { serverAddress, type ServerAddress } from './server-address.js';

const DEFAULT_MAX_BSON_SIZE = 16 * 1024 * 1024;
const DEFAULT_MAX_MESSAGE_SIZE = 32 * 1024 * 1024;

const WRITABLE: ReadonlySet<string> = new Set(['Standalone', 'Mongos', 'RSPrimary', 'LoadBalancer']);

/** Answers a client's questions about its deployment from what the topology knows. */
export class TopologyView {
  readonly #topology: Topology;

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  get nodes(): ReadonlySet<string> {
    return new Set(this.#known().map(({ address }) => address));
  }

  get maxBsonSize(): number {
    return this.#current()?.maxBsonObjectSize ?? DEFAULT_MAX_BSON_SIZE;
  }

  get maxMessageSize(): number {
    return this.#current()?.maxMessageSizeBytes ?? DEFAULT_MAX_MESSAGE_SIZE;
  }

  async address(): Promise<ServerAddress> {
    const { description } = await this.#writable();
    if (this.#topology.description.topologyType === 'Sharded' && this.#known().length > 1) {
      throw new InvalidOperation('address is not one server while several routers share the work: use nodes');
    }
    return serverAddress(description.address);
  }

  async isPrimary(): Promise<boolean> {
    return WRITABLE.has((await this.#writable()).description.serverType);
  }

  async isMongos(): Promise<boolean> {
    return (await this.#writable()).description.serverType === 'Mongos';
  }

  async primary(): Promise<ServerAddress | null> {
    return (await this.members('RSPrimary'))[0] ?? null;
  }

  /** Members of the replica set that the client has joined; a direct connection has joined none. */
  async members(serverType: 'RSPrimary' | 'RSSecondary' | 'RSArbiter'): Promise<readonly ServerAddress[]> {
    await this.#allAsked();
    const { topologyType } = this.#topology.description;
    if (topologyType !== 'ReplicaSetWithPrimary' && topologyType !== 'ReplicaSetNoPrimary') return [];
    return this.#known()
      .filter((server) => server.serverType === serverType)
      .map(({ address }) => serverAddress(address));
  }

  /** The server that writes go to; a direct connection has but one. */
  async #writable(): Promise<{ readonly description: ServerDescription }> {
    return await this.#topology.select({ kind: 'writable' }, NO_DEADLINE);
  }

  /**
   * Waits until every server that is known of was asked, or could not be, but no longer than `serverSelectionTimeoutMS`:
   * what is known by then has to do.
   */
  async #allAsked(): Promise<void> {
    const topology = this.#topology;
    await topology.started(NO_DEADLINE);
    const { runtime, serverSelectionTimeoutMS } = topology.options;
    const limit = deadlineAfter(runtime, serverSelectionTimeoutMS);
    const isPending = ({ lastUpdateTime }: ServerDescription): boolean => lastUpdateTime === -Infinity;
    let { description } = topology;
    while ([...description.servers.values()].some(isPending)) {
      try {
        description = await topology.nextDescription(description, limit);
      } catch (error) {
        if (deadlineFailure(limit, runtime) === undefined) throw error;
        return;
      }
    }
  }

  #known(): ServerDescription[] {
    const servers: Iterable<ServerDescription> = this.#topology.description.servers.values();
    return [...servers].filter(({ serverType }) => isKnown(serverType));
  }

  #current(): ServerDescription | undefined {
    const known = this.#known();
    return known.find(({ serverType }) => WRITABLE.has(serverType)) ?? known[0];
  }
}
