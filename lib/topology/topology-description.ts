import type { ObjectId } from '../bson/values.js';
import type { ServerDescription } from './server-description.js';
import type { TopologyType } from './topology-types.js';
import { ReadOnlyMap } from './read-only-map.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

export interface TopologyDescriptionFields {
  readonly id: ObjectId;
  readonly topologyType: TopologyType;
  readonly servers: ReadonlyMap<string, ServerDescription>;
  /** Name of the replica set, configured or learnt. */
  readonly setName: string | null;
  /** The greatest election id and set version a primary has shown, to tell an outdated primary. */
  readonly maxElectionId: ObjectId | null;
  readonly maxSetVersion: number | null;
  readonly heartbeatFrequencyMS: number;
  /** The least of all data-bearing servers; null where one of them has no sessions. */
  readonly logicalSessionTimeoutMinutes: number | null;
  /** Why no server may be used: one speaks no version of the wire protocol that the driver speaks. */
  readonly compatibilityError: string | null;
}

/**
 * The driver's view of the whole deployment (SDAM specification, "TopologyDescription"). Never changes: read
 * `client.topologyDescription` again to see what has become of the deployment.
 */
export interface TopologyDescription extends TopologyDescriptionFields {}

export class TopologyDescription {
  /** The same as `topologyType`. */
  readonly topologyTypeName: TopologyType;
  readonly compatible: boolean;

  constructor(fields: TopologyDescriptionFields) {
    Object.assign(this, fields);
    this.servers = fields.servers instanceof ReadOnlyMap ? fields.servers : new ReadOnlyMap(fields.servers);
    this.topologyTypeName = fields.topologyType;
    this.compatible = fields.compatibilityError === null;
    Object.freeze(this);
  }

  [INSPECT](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    const servers = [...this.servers.values()].map((server) => inspect(server, options)).join(', ');
    return `TopologyDescription(id: ${this.id.toHexString()}, topologyType: ${this.topologyType}, servers: [${servers}])`;
  }
}
