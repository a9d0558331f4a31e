import type { ObjectId } from '../bson/values.js';
import type { TopologyVersion } from './topology-version.js';
import type { ServerType } from './topology-types.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** The fields of a `ServerDescription`; those not given have the value of a server that was never reached. */
export interface ServerDescriptionFields {
  readonly address: string;
  readonly serverType: ServerType;
  /** Why the server is unknown; null where it is not, or was never checked. */
  readonly error: unknown;
  /** Moving average in milliseconds; null while the server is unknown. */
  readonly roundTripTime: number | null;
  /** Least of the ten latest round trips in milliseconds; 0 until there are two. */
  readonly minRoundTripTime: number;
  /** When the server wrote last, in milliseconds since 1970, by its own clock. */
  readonly lastWriteDate: number | null;
  readonly minWireVersion: number;
  readonly maxWireVersion: number;
  /** The name the server has in its replica set's configuration. */
  readonly me: string | null;
  readonly hosts: readonly string[];
  readonly passives: readonly string[];
  readonly arbiters: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly setName: string | null;
  readonly setVersion: number | null;
  readonly electionId: ObjectId | null;
  /** Which member this one takes for the primary. */
  readonly primary: string | null;
  /** Monotonic milliseconds of the latest check or failure; -Infinity before the first. */
  readonly lastUpdateTime: number;
  readonly logicalSessionTimeoutMinutes: number | null;
  readonly topologyVersion: TopologyVersion | null;
  readonly maxBsonObjectSize: number | null;
  readonly maxMessageSizeBytes: number | null;
  readonly maxWriteBatchSize: number | null;
  /** Fields of the hello reply that could not be read and were left out. */
  readonly problems: readonly string[];
}

const DEFAULTS: Omit<ServerDescriptionFields, 'address'> = {
  serverType: 'Unknown',
  error: null,
  roundTripTime: null,
  minRoundTripTime: 0,
  lastWriteDate: null,
  minWireVersion: 0,
  maxWireVersion: 0,
  me: null,
  hosts: [],
  passives: [],
  arbiters: [],
  tags: {},
  setName: null,
  setVersion: null,
  electionId: null,
  primary: null,
  lastUpdateTime: -Infinity,
  logicalSessionTimeoutMinutes: null,
  topologyVersion: null,
  maxBsonObjectSize: null,
  maxMessageSizeBytes: null,
  maxWriteBatchSize: null,
  problems: [],
};
for (const value of Object.values(DEFAULTS)) Object.freeze(value);

/** What is known of one server (SDAM specification, "ServerDescription"). Never changes: a newer view replaces it. */
export interface ServerDescription extends ServerDescriptionFields {}

export class ServerDescription {
  constructor(fields: Partial<ServerDescriptionFields> & { readonly address: string }) {
    Object.assign(this, DEFAULTS, fields);
    for (const list of [this.hosts, this.passives, this.arbiters, this.tags, this.problems])
      Object.freeze(list);
    Object.freeze(this);
  }

  [INSPECT](): string {
    const facts = [`${this.address} ${this.serverType}`];
    if (this.setName !== null) facts.push(`setName: ${this.setName}`);
    if (this.roundTripTime !== null) facts.push(`roundTripTime: ${this.roundTripTime.toFixed(1)} ms`);
    if (this.error !== null)
      facts.push(`error: ${this.error instanceof Error ? this.error.message : String(this.error)}`);
    if (this.problems.length > 0) facts.push(`problems: ${this.problems.join('; ')}`);
    return `ServerDescription(${facts.join(', ')})`;
  }
}
