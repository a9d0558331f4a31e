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
  /** Which process of the deployment it is, counted from 0. */
  readonly index: number;
  readonly host: string;
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

/** Where topologyVersion starts: a process has gone through some states before a client can ask it. */
const FIRST_COUNTER = 6n;

/** One server process of the deployment: what it answers as, who is connected, what is injected into it. */
export class MemberState {
  readonly settings: MemberSettings;
  /** Its own in a replica set; routers share one. */
  data: MemberData;
  readonly cursors: CursorRegistry;
  failPoints = new FailPoints();
  readonly parameters = new Map<string, unknown>(Object.entries(PARAMETERS));
  readonly connections = new Set<ClientState>();
  /** Counters of serverStatus. */
  connectionsCreated = 0;
  readonly opcounters = new Map<string, number>();
  port = 0;
  #state: MemberStateName;
  #processId = new ObjectId();
  /** Ends the process; set by who owns its sockets. */
  terminate: () => void = () => undefined;
  #topologyCounter = FIRST_COUNTER;
  #frozen = false;
  #steppingDown = false;
  readonly #onChange = new Set<() => void>();
  readonly #onThaw = new Set<() => void>();

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

  /** Sets one start of the process apart from the next. */
  get processId(): ObjectId {
    return this.#processId;
  }

  /** Whether it takes writes. */
  get writable(): boolean {
    return this.#state === 'PRIMARY' && !this.#steppingDown;
  }

  /** A primary that tries to step down takes no writes meanwhile. */
  set steppingDown(value: boolean) {
    if (value === this.#steppingDown) return;
    this.#steppingDown = value;
    this.topologyChanged();
  }

  /** Whether the process does anything: it was not killed, and is not frozen. */
  get running(): boolean {
    return this.#state !== 'DOWN' && !this.#frozen;
  }

  /** Stopped as by SIGSTOP: connections stay, nothing is answered. */
  get frozen(): boolean {
    return this.#frozen;
  }

  freeze(): void {
    this.#frozen = true;
    for (const listener of [...this.#onChange]) listener();
  }

  thaw(): void {
    this.#frozen = false;
    for (const listener of [...this.#onChange]) listener();
    for (const goOn of [...this.#onThaw]) goOn();
    this.#onThaw.clear();
  }

  /** Calls `goOn` once when the process goes on. */
  onceThawed(goOn: () => void): void {
    this.#onThaw.add(goOn);
  }

  /** The process starts anew: with the data it had, and none of what it held in memory. */
  startAnew(state: MemberStateName): void {
    this.#processId = new ObjectId();
    this.#topologyCounter = FIRST_COUNTER;
    this.failPoints = new FailPoints();
    this.opcounters.clear();
    this.connectionsCreated = 0;
    this.#onThaw.clear();
    this.#frozen = false;
    this.enter(state);
  }

  get topologyCounter(): bigint {
    return this.#topologyCounter;
  }

  enter(state: MemberStateName): void {
    if (state === this.#state) return;
    if (this.#state === 'PRIMARY') this.data.sessions.abortTransactions();
    this.#state = state;
    this.#steppingDown = false;
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
