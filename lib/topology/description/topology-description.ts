import type { ObjectId } from '../../bson/values.js';
import { deploymentFacts, type DeploymentFacts } from './deployment-facts.js';
import { ReadOnlyMap } from './read-only-map.js';
import { selectSuitable } from '../selection/select-servers.js';
import { sameServerDescription, type ServerDescription } from './server-description.js';
import { WRITABLE_SELECTOR, type SelectionPreference } from '../selection/server-selector.js';
import type { TopologyType } from './topology-types.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

export interface TopologyDescriptionFields {
  readonly id: ObjectId;
  readonly topologyType: TopologyType;
  /** Becomes the description's own: not to be changed any more. */
  readonly servers: ReadonlyMap<string, ServerDescription>;
  /** Name of the replica set, configured or learnt. */
  readonly setName: string | null;
  /** The greatest election id and set version a primary has shown, to tell an outdated primary. */
  readonly maxElectionId: ObjectId | null;
  readonly maxSetVersion: number | null;
  readonly heartbeatFrequencyMS: number;
  /** Hosts that were given or found and do not belong here, with the reason. */
  readonly rejected: ReadonlyMap<string, string>;
}

/**
 * The driver's view of the whole deployment (SDAM specification, "TopologyDescription"). Never changes: read
 * `client.topologyDescription` again to see what has become of the deployment.
 */
export class TopologyDescription {
  readonly id: ObjectId;
  readonly topologyType: TopologyType;
  /** The same as `topologyType`. */
  readonly topologyTypeName: TopologyType;
  readonly servers: ReadonlyMap<string, ServerDescription>;
  readonly setName: string | null;
  readonly maxElectionId: ObjectId | null;
  readonly maxSetVersion: number | null;
  readonly heartbeatFrequencyMS: number;
  readonly rejected: ReadonlyMap<string, string>;
  /** Made when it is first asked for: of many servers most descriptions pass before anybody looks. */
  #computed: DeploymentFacts | undefined;

  constructor(fields: TopologyDescriptionFields) {
    this.id = fields.id;
    this.topologyType = fields.topologyType;
    this.topologyTypeName = fields.topologyType;
    this.servers = new ReadOnlyMap(fields.servers);
    this.setName = fields.setName;
    this.maxElectionId = fields.maxElectionId;
    this.maxSetVersion = fields.maxSetVersion;
    this.heartbeatFrequencyMS = fields.heartbeatFrequencyMS;
    this.rejected = new ReadOnlyMap(fields.rejected);
    Object.freeze(this);
  }

  /** Every server speaks a version of the wire protocol that the driver speaks, as far as they are known. */
  get compatible(): boolean {
    return this.compatibilityError === null;
  }

  /** Why no server may be used, where one speaks no such version. */
  get compatibilityError(): string | null {
    return this.#facts.compatibilityError;
  }

  /** The least of all data-bearing servers; null where one of them has no sessions. */
  get logicalSessionTimeoutMinutes(): number | null {
    return this.#facts.logicalSessionTimeoutMinutes;
  }

  /** The least `maxWireVersion` of all data-bearing servers; 0 where none is known. */
  get minimumWireVersion(): number {
    return this.#facts.minimumWireVersion;
  }

  get #facts(): DeploymentFacts {
    return (this.#computed ??= deploymentFacts(this.servers.values()));
  }

  /** Whether a server is known that reads of this preference (default: primary) can go to. */
  hasReadableServer(
    readPreference: SelectionPreference = { mode: 'primary', tagSets: null, maxStalenessSeconds: -1 },
  ): boolean {
    return selectSuitable(this, { kind: 'read', readPreference }).length > 0;
  }

  /** Whether a server is known that writes can go to. */
  hasWritableServer(): boolean {
    return selectSuitable(this, WRITABLE_SELECTOR).length > 0;
  }

  [INSPECT](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    const servers = [...this.servers.values()].map((server) => inspect(server, options)).join(', ');
    return `TopologyDescription(id: ${this.id.toHexString()}, topologyType: ${this.topologyType}, servers: [${servers}])`;
  }
}

/** Whether a listener would learn nothing from the second. */
export const sameTopologyDescription = (a: TopologyDescription, b: TopologyDescription): boolean =>
  a.topologyType === b.topologyType &&
  a.setName === b.setName &&
  a.maxSetVersion === b.maxSetVersion &&
  a.maxElectionId?.toHexString() === b.maxElectionId?.toHexString() &&
  a.compatibilityError === b.compatibilityError &&
  a.servers.size === b.servers.size &&
  [...a.servers.values()].every((server) => {
    const other = b.servers.get(server.address);
    return other !== undefined && sameServerDescription(server, other);
  });
