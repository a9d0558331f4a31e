import type { Connection } from '../connection/connection.js';
import type { Deadline } from '../core/deadline.js';
import { InvalidOperation } from '../core/errors/usage.js';
import type { Runtime } from '../core/runtime.js';
import { trace } from '../core/trace.js';
import type { CheckOut } from './check-out.js';
import { CHECK_OUT_CHANNEL, type CheckOutTrace } from './check-out-channel.js';
import { BackgroundFill } from './background-fill.js';
import type { SelectionLimit } from './check-out-limits.js';
import { CheckOutQueue } from './check-out-queue.js';
import { Establisher, type Attempt } from './establisher.js';
import { Generations } from './generations.js';
import { PoolLease, type Lease } from './lease.js';
import { Leases } from './leases.js';
import { OpenConnections } from './open-connections.js';
import { Permits } from './permits.js';
import {
  connectionInterrupted,
  poolCleared,
  PoolClosedError,
  waitQueueTimeout,
  type Occupancy,
} from './pool-errors.js';
import type { CheckOutFailedReason } from './pool-events.js';
import { changedSettings, type PoolOptions } from './pool-options.js';
import { PoolPublisher } from './pool-publisher.js';
import { NEXT_STATES, type PoolState } from './pool-state.js';
import type { PoolStats } from './pool-stats.js';
import type { PooledConnection } from './pooled-connection.js';
import type { ServiceId } from './service-id.js';
import { Suspects } from './suspects.js';
import { WaitTimes } from './wait-times.js';

export interface ClearOptions {
  /** Destroys connections that are in use too, instead of when they are checked in. */
  readonly interruptInUse?: boolean;
  /** Behind a load balancer: only the connections of this service. */
  readonly serviceId?: ServiceId | undefined;
  /** The failure that led to this. */
  readonly error?: unknown;
}

const runningProcess = (): number => process.pid;

const unknownIfAlive = (): Promise<boolean> => Promise.resolve(false);

/**
 * All connections to one server except those of its monitor (connection monitoring and pooling specification). Each
 * connection in use or being established has a permit under `maxPoolSize`. Check-ins, clears and closes take effect at
 * once; check-outs that wait are served after them.
 */
export class Pool {
  readonly address: string;
  readonly #options: PoolOptions;
  readonly #runtime: Runtime;
  readonly #permits: Permits<CheckOut>;
  readonly #connections: OpenConnections;
  readonly #fill: BackgroundFill;
  readonly #establisher: Establisher;
  readonly #suspects: Suspects;
  readonly #generations = new Generations();
  readonly #leases = new Leases();
  readonly #queue: CheckOutQueue;
  readonly #waitTimes = new WaitTimes();
  readonly #publisher: PoolPublisher;
  readonly #currentProcess: () => number;
  #process: number;
  #state: PoolState = 'paused';
  /** The failure that paused the pool. */
  #clearedBy: unknown;
  /** No connection is kept for later. */
  #draining = false;

  constructor(options: PoolOptions) {
    const { runtime, address, events } = options;
    this.address = address;
    this.#options = options;
    this.#runtime = runtime;
    this.#publisher = new PoolPublisher(address, events);
    this.#permits = new Permits(options.maxPoolSize);
    this.#connections = new OpenConnections({
      runtime,
      maxIdleTimeMS: options.maxIdleTimeMS,
      publisher: this.#publisher,
      generations: this.#generations,
      isPoolClosed: () => this.#state === 'closed',
      onExpired: () => this.#fill.run(),
    });
    this.#fill = new BackgroundFill(runtime, () => this.#establishForNobody());
    this.#establisher = new Establisher(options, this.#publisher, {
      onService: (attempt, id) => {
        attempt.service = { id, generation: this.#generations.admit(id) };
      },
      onOpen: (attempt, connection) => this.#opened(attempt, connection),
      onFailure: (attempt, error) => this.#notOpened(attempt, error),
      onEnd: (attempt) => this.#afterAttempt(attempt),
      onClose: () => this.#dropBroken(),
    });
    this.#suspects = new Suspects(options.isAlive ?? unknownIfAlive);
    this.#queue = new CheckOutQueue(options, this.#permits, this.#publisher, {
      refusal: () => this.#refusal(),
      takeIdle: () => this.#connections.take(),
      lend: (pooled, { release }, waitedMS) => {
        this.#waitTimes.add(waitedMS);
        return this.#lend(pooled, release, waitedMS);
      },
      establish: (checkOut) => this.#establishFor(checkOut),
      timeoutError: (limit) => waitQueueTimeout(address, limit, options, this.#occupancy()),
    });
    this.#currentProcess = options.processId ?? runningProcess;
    this.#process = this.#currentProcess();
    this.#publisher.poolCreated(() => changedSettings(options));
  }

  get state(): PoolState {
    return this.#state;
  }

  get generation(): number {
    return this.#generations.current;
  }

  /** The generation that connections of a service behind a load balancer have now. */
  generationOf(serviceId: ServiceId | undefined): number {
    return this.#generations.of(serviceId);
  }

  stats(): PoolStats {
    const [waitP50MS, waitP99MS] = this.#waitTimes.quantiles([0.5, 0.99]);
    return {
      inUse: this.#leases.size,
      idle: this.#connections.idle,
      connecting: this.#establisher.size,
      waiting: this.#queue.size,
      waitP50MS,
      waitP99MS,
    };
  }

  /** What the error of a check-out tells that waited too long. */
  #occupancy(): Occupancy {
    return {
      inUse: this.#leases.size,
      heldFor: this.#leases.heldFor(),
      connecting: this.#establisher.size,
      waiting: this.#queue.size,
    };
  }

  /**
   * A lease at once where an idle connection is free and nobody waits; else when its turn comes. Rejects with
   * `PoolClearedError` while the server is not reachable, `WaitQueueTimeoutError` after `waitQueueTimeoutMS`,
   * `ExceededMaxWaiters`, the deadline's own error, or the error of a connection that could not be established.
   * The limit of the server selection counts under `timeoutMS`; it is asked only by who has to wait.
   */
  checkOut(deadline: Deadline, selection?: SelectionLimit): Lease | Promise<Lease> {
    if (!CHECK_OUT_CHANNEL.hasSubscribers) return this.#checkOut(deadline, selection);
    const context: CheckOutTrace = { address: this.address, driverConnectionId: undefined };
    return trace(CHECK_OUT_CHANNEL, context, async () => {
      const lease = await this.#checkOut(deadline, selection);
      context.driverConnectionId = lease.connection.id;
      return lease;
    });
  }

  #checkOut(deadline: Deadline, selection: SelectionLimit | undefined): Lease | Promise<Lease> {
    if (this.#currentProcess() !== this.#process) this.#enterProcess();
    this.#options.wakeWatch?.look();
    this.#publisher.checkOutStarted();
    return this.#takeAtOnce() ?? this.#queue.wait(deadline, selection?.selectionEndsAt);
  }

  /**
   * Takes the connection back. It is closed where it broke, is stale, or the pool is closed; else the next check-out
   * that waits gets it, or it becomes idle: at once, or as soon as the reply was read that nobody waits for any more.
   * Throws `InvalidOperation` for a lease that is not out.
   */
  checkIn(lease: Lease): void {
    const own = lease as PoolLease;
    if (!this.#leases.isOut(own)) {
      throw new InvalidOperation(`This connection is not checked out of the pool of ${this.address}`);
    }
    const { lateReply } = own.connection;
    if (lateReply === undefined) {
      this.#takeBack(own);
      return;
    }
    own.isLate = true;
    if (this.#connections.reasonToClose(own.pooled) !== undefined) own.connection.destroy();
    void lateReply.then(() => this.#takeBack(own));
  }

  #takeBack(own: PoolLease): void {
    const { pooled } = own;
    this.#leases.delete(own);
    this.#publisher.checkedIn(pooled.connection.id);
    const reason = this.#connections.reasonToClose(pooled);
    if (reason === undefined) this.#offer(pooled);
    else this.#connections.close(pooled, reason);
    if (own.release === undefined) this.#permits.giveBack();
    else own.release();
    if (reason !== undefined) this.#fill.run();
  }

  /** Lets check-outs and the background fill go on. Without effect on a pool that is ready or closed. */
  ready(): void {
    if (this.#state !== 'paused') return;
    this.#transition('ready');
    this.#clearedBy = undefined;
    this.#publisher.poolReady();
    this.#fill.run();
  }

  /**
   * Makes all connections stale, fails every check-out that waits, and pauses the pool; behind a load balancer only the
   * connections of one service become stale.
   */
  clear({ serviceId, error, interruptInUse = false }: ClearOptions = {}): void {
    if (this.#state === 'closed') return;
    const { generation } = this;
    const wasPaused = this.#state === 'paused';
    this.#generations.advance(serviceId);
    if (serviceId === undefined) {
      this.#clearedBy = error;
      if (!wasPaused) this.#transition('paused');
    }
    if (serviceId !== undefined || !wasPaused) this.#publisher.poolCleared(serviceId, interruptInUse);
    this.#connections.closeIdle('stale', (pooled) => this.#connections.isStale(pooled));
    this.#dropLate();
    if (interruptInUse) this.#interrupt(serviceId === undefined ? generation : undefined, error);
    if (serviceId !== undefined) this.#fill.run();
    else this.#queue.failAll(() => poolCleared(this.address, error), 'connectionError');
  }

  /** Lends no idle connection before it has answered: the process stood still, and they may have died in the meantime. */
  verifyIdle(): void {
    for (const pooled of this.#connections.takeAll()) {
      // Under a permit, so that what is examined counts towards `maxPoolSize`.
      if (this.#permits.tryTake()) void this.#verify(pooled);
      else this.#connections.close(pooled, 'idle');
    }
  }

  async #verify(pooled: PooledConnection): Promise<void> {
    const alive = await this.#suspects.examine(pooled);
    const reason = this.#connections.reasonToClose(pooled) ?? (alive ? undefined : 'error');
    if (reason === undefined) this.#offer(pooled);
    else this.#connections.close(pooled, reason);
    this.#permits.giveBack();
    this.#queue.openGate();
    this.#fill.run();
  }

  /** Closes idle connections at once, others as soon as nobody has a use for them; check-outs are still served. */
  drain(): void {
    this.#draining = true;
    this.#connections.closeIdle('poolClosed');
  }

  /** Destroys all connections in use: whoever waits for a reply gets such an error. */
  interruptInUse(error: () => Error): void {
    this.#leases.destroy(error, () => true);
  }

  /** Closes idle connections at once, those in use when they are checked in; fails every check-out that waits. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#transition('closed');
    this.#connections.closeIdle('poolClosed');
    this.#dropLate();
    this.#suspects.destroy();
    const error = (): Error => new PoolClosedError(this.address);
    this.#abandonAttempts(this.generation, error, 'poolClosed');
    this.#queue.failAll(error, 'poolClosed');
    this.#publisher.poolClosed();
  }

  #transition(to: PoolState): void {
    if (!NEXT_STATES[this.#state].includes(to)) {
      throw new InvalidOperation(`The pool of ${this.address} cannot go from ${this.#state} to ${to}`);
    }
    this.#state = to;
    if (to === 'ready') return;
    this.#fill.stop();
    if (to === 'closed') this.#connections.stop();
  }

  #dropLate(): void {
    this.#leases.dropLate((pooled) => this.#connections.reasonToClose(pooled) !== undefined);
  }

  /** An idle connection whose other end went away serves nobody, and `minPoolSize` does not count it. */
  #dropBroken(): void {
    this.#connections.closeIdle('error', ({ connection }) => connection.closed);
    this.#fill.run();
  }

  /** Without a promise. Nobody is overtaken: an idle connection means that nobody waits for one. */
  #takeAtOnce(): Lease | undefined {
    if (this.#state !== 'ready' || this.#connections.idle === 0) return undefined;
    if (!this.#permits.tryTake()) return undefined;
    const pooled = this.#connections.take();
    if (pooled !== undefined) {
      this.#waitTimes.skip();
      return this.#lend(pooled, undefined, 0);
    }
    this.#permits.giveBack();
    return undefined;
  }

  #lend(pooled: PooledConnection, release: (() => void) | undefined, duration: number): Lease {
    const lease = new PoolLease(pooled, release);
    this.#leases.add(lease);
    this.#publisher.checkedOut(pooled.connection.id, duration);
    return lease;
  }

  /** Gives an open connection to whoever waits for one, or makes it idle. */
  #offer(pooled: PooledConnection): void {
    if (this.#queue.offer(pooled)) return;
    this.#connections.add(pooled);
    if (this.#draining) this.#closeUnlessTaken();
  }

  /** Whoever sends one command after the other takes the connection again before the next turn. */
  #closeUnlessTaken(): void {
    this.#runtime.setImmediate(() => this.#connections.closeIdle('poolClosed'));
  }

  #refusal(): { readonly error: Error; readonly reason: CheckOutFailedReason } | undefined {
    switch (this.#state) {
      case 'ready':
        return undefined;
      case 'closed':
        return { error: new PoolClosedError(this.address), reason: 'poolClosed' };
      default:
        return { error: poolCleared(this.address, this.#clearedBy), reason: 'connectionError' };
    }
  }

  #establishFor(checkOut: CheckOut): boolean {
    if (this.#establisher.size >= this.#options.maxConnecting) return false;
    // Most likely the connections that are being examined are alive: each is for one of those who wait.
    if (this.#queue.atGate <= this.#suspects.size) return false;
    this.#establisher.begin(this.generation, checkOut, checkOut.release as () => void);
    return true;
  }

  get #openCount(): number {
    return this.#leases.size + this.#connections.idle + this.#suspects.size + this.#establisher.size;
  }

  /** Opens a connection that nobody waits for, where there are fewer than `minPoolSize`. */
  #establishForNobody(): boolean {
    const { minPoolSize, maxConnecting } = this.#options;
    const isWanted =
      this.#openCount < minPoolSize &&
      this.#establisher.size < maxConnecting &&
      this.#state === 'ready' &&
      !this.#draining &&
      this.#queue.atGate === 0 &&
      this.#permits.tryTake();
    if (isWanted) this.#establisher.begin(this.generation, undefined, () => this.#permits.giveBack());
    return isWanted;
  }

  #opened(attempt: Attempt, connection: Connection): void {
    const { checkOut, service } = attempt;
    const pooled: PooledConnection = {
      connection,
      serviceId: service?.id,
      generation: service?.generation ?? attempt.generation,
      idleSince: 0,
    };
    // From here on the connection is what counts for its service.
    attempt.service = undefined;
    if (this.#connections.isStale(pooled)) {
      this.#connections.close(pooled, 'stale');
      if (checkOut !== undefined)
        this.#queue.fail(checkOut, poolCleared(this.address, this.#clearedBy), 'connectionError');
    } else if (checkOut === undefined || checkOut.settled) {
      this.#offer(pooled);
    } else {
      this.#queue.serve(checkOut, pooled);
    }
  }

  #notOpened({ checkOut }: Attempt, error: unknown): void {
    if (checkOut !== undefined) {
      this.#queue.fail(checkOut, error, 'connectionError');
      return;
    }
    if (this.#state === 'ready') this.#fill.runLater();
  }

  /**
   * The place under `maxConnecting` serves others in a later turn: what else this turn of I/O brings back comes first,
   * and whoever gets a connection from there needs no new one.
   */
  #afterAttempt(attempt: Attempt): void {
    this.#generations.dismiss(attempt.service?.id);
    const lent = attempt.checkOut?.served === true;
    this.#runtime.setImmediate(() => {
      if (!lent) attempt.release();
      this.#queue.openGate();
      this.#fill.run();
    });
  }

  #abandonAttempts(generation: number, makeError: () => Error, reason: 'stale' | 'poolClosed'): void {
    this.#establisher.abandon(generation, makeError, reason, ({ checkOut }, error) => {
      if (checkOut !== undefined) {
        this.#queue.fail(checkOut, error, reason === 'stale' ? 'connectionError' : 'poolClosed');
      }
    });
  }

  /**
   * Destroys what belongs to the past without waiting for its check-in, which still reports it closed. Behind a load
   * balancer nobody knows yet to which service an attempt leads: those are left alone.
   */
  #interrupt(generation: number | undefined, cause: unknown): void {
    const error = (): Error => connectionInterrupted(this.address, cause);
    if (generation !== undefined) this.#abandonAttempts(generation, error, 'stale');
    this.#leases.destroy(error, (pooled) => this.#connections.isStale(pooled));
  }

  /** Sockets of another process are not ours to use (PROC-4). */
  #enterProcess(): void {
    this.#process = this.#currentProcess();
    process.emitWarning(
      `A client connected to ${this.address} is used in another process than the one that made it. Make a client in each process.`,
      'AsyncMongoWarning',
    );
    const { generation } = this;
    this.#generations.advance();
    this.#connections.closeIdle('stale');
    this.#abandonAttempts(generation, () => poolCleared(this.address, undefined), 'stale');
  }
}
