import type { ObjectId } from '../../bson/values.js';
import { isDataBearing, type ServerType } from './topology-types.js';
import type { TopologyVersion } from './topology-version.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** What is known of one server (SDAM specification, "ServerDescription"). Never changes: a newer view replaces it. */
export class ServerDescription {
  /** `host:port` or the path of a socket. */
  readonly address: string;
  readonly serverType: ServerType;
  /** Why the server is unknown; null where it is known, or was never checked. */
  readonly error: unknown;
  /** Moving average in milliseconds; null while the server is unknown. */
  readonly roundTripTime: number | null;
  /** Least of the ten latest round trips in milliseconds; 0 until there are two. */
  readonly minRoundTripTime: number;
  /** When the server wrote last, in milliseconds since 1970, by its own clock. */
  readonly lastWriteDate: number | null;
  readonly minWireVersion: number | null;
  readonly maxWireVersion: number | null;
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

  /** What is not given is as for a server that was never reached. Written out, so that every description has one shape. */
  constructor(fields: Partial<ServerDescriptionFields> & { readonly address: string }) {
    this.address = fields.address;
    this.serverType = fields.serverType ?? 'Unknown';
    this.error = fields.error ?? null;
    this.roundTripTime = fields.roundTripTime ?? null;
    this.minRoundTripTime = fields.minRoundTripTime ?? 0;
    this.lastWriteDate = fields.lastWriteDate ?? null;
    this.minWireVersion = fields.minWireVersion ?? null;
    this.maxWireVersion = fields.maxWireVersion ?? null;
    this.me = fields.me ?? null;
    this.hosts = fields.hosts ?? [];
    this.passives = fields.passives ?? [];
    this.arbiters = fields.arbiters ?? [];
    this.tags = fields.tags ?? {};
    this.setName = fields.setName ?? null;
    this.setVersion = fields.setVersion ?? null;
    this.electionId = fields.electionId ?? null;
    this.primary = fields.primary ?? null;
    this.lastUpdateTime = fields.lastUpdateTime ?? -Infinity;
    this.logicalSessionTimeoutMinutes = fields.logicalSessionTimeoutMinutes ?? null;
    this.topologyVersion = fields.topologyVersion ?? null;
    this.maxBsonObjectSize = fields.maxBsonObjectSize ?? null;
    this.maxMessageSizeBytes = fields.maxMessageSizeBytes ?? null;
    this.maxWriteBatchSize = fields.maxWriteBatchSize ?? null;
    this.problems = fields.problems ?? [];
    for (const list of [this.hosts, this.passives, this.arbiters, this.tags, this.problems])
      Object.freeze(list);
    Object.freeze(this);
  }

  /** Operations can be sent to it. */
  get isDataBearing(): boolean {
    return isDataBearing(this.serverType);
  }

  /** All members of its replica set that it names. */
  get members(): readonly string[] {
    return [...this.hosts, ...this.passives, ...this.arbiters];
  }

  [INSPECT](): string {
    const facts = [`address: ${this.address}`, `serverType: ${this.serverType}`];
    if (this.roundTripTime !== null) facts.push(`roundTripTime: ${this.roundTripTime.toFixed(1)} ms`);
    if (this.setName !== null) facts.push(`setName: ${this.setName}`);
    if (this.error !== null)
      facts.push(`error: ${this.error instanceof Error ? this.error.message : String(this.error)}`);
    if (this.problems.length > 0) facts.push(`problems: ${this.problems.join('; ')}`);
    return `ServerDescription(${facts.join(', ')})`;
  }
}

export type ServerDescriptionFields = Omit<ServerDescription, 'isDataBearing' | 'members' | typeof INSPECT>;

/** A server that could not be reached, that cannot be used, or that nobody has asked yet. */
export const unknownServer = (
  address: string,
  facts: Partial<Pick<ServerDescriptionFields, 'error' | 'lastUpdateTime' | 'topologyVersion'>> = {},
): ServerDescription => new ServerDescription({ ...facts, address });

/** An unknown server that another member takes for the primary. */
export const possiblePrimary = ({
  address,
  error,
  lastUpdateTime,
  topologyVersion,
}: ServerDescription): ServerDescription =>
  new ServerDescription({ address, error, lastUpdateTime, topologyVersion, serverType: 'PossiblePrimary' });

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((entry, index) => entry === b[index]);

const sameTags = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean => {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
};

const sameId = (a: ObjectId | null, b: ObjectId | null): boolean => a?.toHexString() === b?.toHexString();

const sameVersion = (a: TopologyVersion | null, b: TopologyVersion | null): boolean =>
  a?.counter === b?.counter && sameId(a?.processId ?? null, b?.processId ?? null);

const sameError = (a: unknown, b: unknown): boolean =>
  a === b || (a instanceof Error && b instanceof Error && a.name === b.name && a.message === b.message);

/** Whether a listener would learn nothing from the second (SDAM specification, "Server Description Equality"). */
export const sameServerDescription = (a: ServerDescription, b: ServerDescription): boolean =>
  a.serverType === b.serverType &&
  a.minWireVersion === b.minWireVersion &&
  a.maxWireVersion === b.maxWireVersion &&
  a.me === b.me &&
  a.setName === b.setName &&
  a.setVersion === b.setVersion &&
  a.primary === b.primary &&
  a.logicalSessionTimeoutMinutes === b.logicalSessionTimeoutMinutes &&
  sameList(a.hosts, b.hosts) &&
  sameList(a.passives, b.passives) &&
  sameList(a.arbiters, b.arbiters) &&
  sameTags(a.tags, b.tags) &&
  sameId(a.electionId, b.electionId) &&
  sameVersion(a.topologyVersion, b.topologyVersion) &&
  sameError(a.error, b.error);
