import { ObjectId } from 'bson';
import type { ClientState } from '../client-state.js';
import { FailPoints } from '../failpoints/fail-points.js';
import type { CursorRegistry } from '../store/cursor-registry.js';
import type { MemberData } from './member-data.js';

/** What a member is made for. */
export type MemberRole = 'standalone' | 'data' | 'arbiter' | 'router';

/** States of a replica set member that a client can see, by the numbers of replSetGetStatus. */
export const MEMBER_STATES = {
  STARTUP: 0,
  PRIMARY: 1,
  SECONDARY: 2,
  RECOVERING: 3,
  STARTUP2: 5,
  UNKNOWN: 6,
  ARBITER: 7,
  DOWN: 8,
  ROLLBACK: 9,
  REMOVED: 10,
} as const;

export type MemberStateName = keyof typeof MEMBER_STATES;

export interface MemberSettings {
  readonly role: MemberRole;
  /** Position in the configuration; `_id` there. */
  readonly index: number;
  readonly host: string;
  readonly priority: number;
  readonly hidden: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** Parameters that every process starts with; setParameter changes them. */
const PARAMETERS: Readonly<Record<string, unknown>> = Object.freeze({
  enableTestCommands: true,
  requireApiVersion: false,
  acceptApiVersion2: true,
  authenticationMechanisms: ['SCRAM-SHA-1', 'SCRAM-SHA-256'],
  transactionLifetimeLimitSeconds: 60,
  minSnapshotHistoryWindowInSeconds: 300,
  notablescan: false,
  logLevel: 0,
  quiet: false,
});

/** One server process of the deployment: what it answers as, who is connected, what is injected into it. */
export class MemberState {
  readonly settings: MemberSettings;
  /** Its own in a replica set; routers share one. */
  readonly data: MemberData;
  readonly cursors: CursorRegistry;
  readonly processId = new ObjectId();
  readonly failPoints = new FailPoints();
  readonly parameters = new Map<string, unknown>(Object.entries(PARAMETERS));
  readonly connections = new Set<ClientState>();
  /** Counters of serverStatus. */
  connectionsCreated = 0;
  readonly opcounters = new Map<string, number>();
  port = 0;
  #state: MemberStateName;
  #topologyCounter = 6n;
  readonly #onChange = new Set<() => void>();

  constructor(settings: MemberSettings, state: MemberStateName, data: MemberData, cursors: CursorRegistry) {
    this.settings = settings;
    this.data = data;
    this.cursors = cursors;
    this.#state = state;
  }

  /** `host:port` that clients know it by. */
  get address(): string {
    return `${this.settings.host}:${String(this.port)}`;
  }

  get state(): MemberStateName {
    return this.#state;
  }

  integerParameter(name: string): number {
    return Math.trunc(Number(this.parameters.get(name)));
  }

  /** Whether it takes writes. */
  get writable(): boolean {
    return this.#state === 'PRIMARY';
  }

  get topologyCounter(): bigint {
    return this.#topologyCounter;
  }

  enter(state: MemberStateName): void {
    if (state === this.#state) return;
    if (this.#state === 'PRIMARY') this.data.sessions.abortTransactions();
    this.#state = state;
    this.topologyChanged();
  }

  /** What hello answers is another thing now: wakes every hello that waits for that. */
  topologyChanged(): void {
    this.#topologyCounter += 1n;
    for (const listener of [...this.#onChange]) listener();
  }

  onTopologyChange(listener: () => void): () => void {
    this.#onChange.add(listener);
    return () => {
      this.#onChange.delete(listener);
    };
  }
}
