import { deadlineAfter, NO_DEADLINE, throwIfOver, type Deadline } from '../core/deadline.js';
import { deferred } from '../core/deferred.js';
import type { EventHub } from '../core/event-hub.js';
import type { Runtime } from '../core/runtime.js';
import { within } from '../core/within.js';
import { CursorReaper } from '../cursors/cursor-reaper.js';
import type { CursorContext } from '../cursors/cursor-engine.js';
import { leaveTransaction } from '../execute/transaction/end-transaction.js';
import { Executor } from '../execute/executor.js';
import type { Requests } from '../execute/requests.js';
import { endSessions, MAX_SESSIONS_PER_COMMAND } from '../operations/end-sessions.js';
import { ping } from '../operations/ping.js';
import type { Log } from '../logging/log.js';
import type { ClientOptions } from '../options/client-options.js';
import { ReadPreference } from '../options/read-preference.js';
import type { SrvAnswer } from '../options/resolve-client-options.js';
import { ServerSessionPool } from '../sessions/server-session-pool.js';
import { mayStream } from '../topology/monitoring/server-monitoring-mode.js';
import type { SelectionEvents } from '../topology/selection/selection-events.js';
import { srvSeeds, type FoundSeeds, type SeedSource } from '../topology/srv/srv-seeds.js';
import { Topology } from '../topology/topology.js';
import { isKnown } from '../topology/description/topology-types.js';
import type { ClientEvents } from './client-context.js';
import type { ServerConnections } from './server-connections.js';

/** How long `close` waits for servers to take its farewell; they forget sessions and cursors by themselves, too. */
const FAREWELL_TIMEOUT_MS = 800;

export interface EngineOptions {
  readonly options: ClientOptions;
  /** The options once DNS has told hosts and defaults of a `mongodb+srv://` connection string. */
  readonly withSrv: (answer: SrvAnswer) => ClientOptions;
  /** Told of options that are left out. */
  readonly warn: (message: string) => void;
  readonly log: Log;
  readonly runtime: Runtime;
  readonly events: EventHub<ClientEvents & SelectionEvents>;
  readonly connections: ServerConnections;
  readonly requests: Requests;
}

/** Topology, sessions, executor and reaper of one client from opening to closing: what its handles run on. */
export class ClientEngine implements CursorContext {
  readonly runtime: Runtime;
  readonly topology: Topology;
  readonly executor: Executor;
  readonly reaper: CursorReaper;
  readonly #sessions: ServerSessionPool;
  readonly #hasCredentials: boolean;
  readonly #readPreference: ReadPreference;
  #options: ClientOptions;
  #connecting: Promise<void> | undefined;
  /** Fulfilled when nothing is to be waited for any more. */
  readonly #hurry = deferred<void>();
  #isHurried = false;

  constructor(engine: EngineOptions) {
    const { options, runtime, events, connections } = engine;
    this.runtime = runtime;
    this.#options = options;
    this.#hasCredentials = options.credentials !== undefined;
    this.#readPreference = options.readPreference;
    this.topology = new Topology({
      runtime,
      events,
      seeds: options.hosts.map(String),
      directConnection: options.directConnection,
      loadBalanced: options.loadBalanced,
      replicaSet: options.replicaSet ?? null,
      heartbeatFrequencyMS: options.heartbeatFrequencyMS,
      localThresholdMS: options.localThresholdMS,
      connectTimeoutMS: options.connectTimeoutMS,
      streaming: mayStream(options.serverMonitoringMode, process.env),
      serverSelectionTimeoutMS: options.serverSelectionTimeoutMS,
      failFast: options.failFast,
      serverSelector: options.serverSelector,
      authSource: options.credentials?.source,
      tls: options.tls,
      warn: engine.warn,
      pool: options,
      seedSource: options.srvHost === undefined ? undefined : this.#srvSeeds(options.srvHost, engine),
      connect: (address, request) => connections.connect(address, request, this.#options),
      isAlive: (connection) => connections.isAlive(connection),
      openMonitorConnection: connections.openMonitorConnection,
    });
    this.#sessions = new ServerSessionPool(runtime, () =>
      this.#options.loadBalanced ? null : this.topology.description.logicalSessionTimeoutMinutes,
    );
    this.executor = new Executor({
      runtime,
      topology: this.topology,
      sessions: this.#sessions,
      requests: engine.requests,
      retryReads: options.retryReads,
      retryWrites: options.retryWrites,
      maxAdaptiveRetries: options.maxAdaptiveRetries,
      enableOverloadRetargeting: options.enableOverloadRetargeting,
      serverApi: options.serverApi,
    });
    this.reaper = new CursorReaper(this.executor, runtime);
  }

  /** The configuration in force: complete as soon as DNS has answered for a `mongodb+srv://` connection string. */
  get options(): ClientOptions {
    return this.#options;
  }

  #srvSeeds(host: string, { options, withSrv, runtime, warn, log }: EngineOptions): SeedSource {
    const {
      srvServiceName,
      srvMaxHosts,
      srvAllowedHostsSuffix,
      srvHostValidator,
      connectTimeoutMS,
      heartbeatFrequencyMS,
    } = options;
    return srvSeeds({
      runtime,
      question: { host, serviceName: srvServiceName, limitMS: connectTimeoutMS },
      hostRule: { allowedHostsSuffix: srvAllowedHostsSuffix, validator: srvHostValidator },
      maxHosts: srvMaxHosts,
      heartbeatFrequencyMS,
      warn,
      report: (message) => log.write('topology', 'warn', message, { srvHost: host }),
      accept: (answer): FoundSeeds => {
        this.#options = withSrv(answer);
        const { hosts, replicaSet, loadBalanced, credentials } = this.#options;
        return {
          seeds: hosts.map(String),
          replicaSet: replicaSet ?? null,
          loadBalanced,
          authSource: credentials?.source,
        };
      },
    });
  }

  /** Waits for a server that reads may go to, and has it accept the user. Parallel calls share one attempt. */
  connect(deadline: Deadline): Promise<void> {
    if (deadline !== NO_DEADLINE) return this.#connect(deadline);
    this.#connecting ??= this.#connect(deadline).finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(deadline: Deadline): Promise<void> {
    const readPreference = this.#readPreference;
    throwIfOver(deadline, this.runtime);
    await this.topology.select({ kind: 'read', readPreference }, deadline);
    if (this.#hasCredentials) await this.executor.execute(ping, { deadline, readPreference });
  }

  /**
   * Lets operations under way finish within `graceMS` milliseconds and interrupts the others; ends cursors and sessions
   * on the servers, as far as these answer soon; closes everything.
   */
  async close(graceMS: number): Promise<void> {
    const hurry = this.#hurry.promise;
    if (!this.executor.isIdle) this.topology.drain();
    if (!(await within(this.runtime, graceMS, this.executor.drained(), hurry)))
      this.topology.interruptInUse();
    if (!this.#isHurried) await within(this.runtime, FAREWELL_TIMEOUT_MS, this.#takeLeave(), hurry);
    await this.topology.close();
  }

  /** A `close` that is going on waits for nobody any more. */
  hasten(): void {
    this.#isHurried = true;
    this.#hurry.resolve();
  }

  async #takeLeave(): Promise<void> {
    await this.reaper.flush();
    await this.#abortTransactions();
    await this.#endSessions();
  }

  /** Else they would keep their locks until the servers' own time-out. */
  async #abortTransactions(): Promise<void> {
    const deadline = deadlineAfter(this.runtime, FAREWELL_TIMEOUT_MS);
    const open = [...this.executor.inTransaction];
    await Promise.all(open.map((session) => leaveTransaction(this, session, deadline)));
  }

  async #endSessions(): Promise<void> {
    const lsids = this.#sessions.drain();
    const servers = [...this.topology.description.servers.values()];
    if (!servers.some(({ serverType }) => isKnown(serverType))) return;
    const deadline = deadlineAfter(this.runtime, FAREWELL_TIMEOUT_MS);
    for (let start = 0; start < lsids.length; start += MAX_SESSIONS_PER_COMMAND) {
      const batch = lsids.slice(start, start + MAX_SESSIONS_PER_COMMAND);
      try {
        await this.executor.execute(endSessions(batch), {
          deadline,
          readPreference: ReadPreference.PRIMARY_PREFERRED,
        });
      } catch {
        // The outcome is of no interest (sessions specification, "endSessions").
        return;
      }
    }
  }
}
