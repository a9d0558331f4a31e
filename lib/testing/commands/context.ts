import type { Runtime } from '../../core/runtime.js';
import type { ClientState } from '../client-state.js';
import type { Cluster } from '../cluster.js';
import { CommandError } from '../command-error.js';
import type { MemberState } from '../replication/member-state.js';
import type { Replica } from '../replication/replica.js';
import type { Doc } from '../query/value.js';
import { ScriptPauses } from '../query/where.js';
import type { RunningOperation } from '../running-operation.js';
import type { StatementHistory } from '../sessions/retryable-write.js';
import type { Session } from '../sessions/session.js';
import type { CursorRegistry } from '../store/cursor-registry.js';
import type { StoreAccess } from '../store/collection-access.js';
import type { SnapshotStore } from '../store/snapshot-store.js';
import type { Store } from '../store/store.js';
import type { Transaction } from '../transactions/transaction.js';
import type { ServerVersion } from '../versions.js';
import {
  DEFAULT_READ_CONCERN,
  DEFAULT_WRITE_CONCERN,
  type ReadConcern,
  type WriteConcern,
} from './concerns.js';

/** Everything one run of a command may look at, and the one way for it to wait. */
export class CommandContext implements RunningOperation {
  readonly cluster: Cluster;
  readonly member: MemberState;
  readonly connection: ClientState;
  /** `opid` of currentOp. */
  readonly operationId: number;
  /** Monotonic ms. */
  readonly startedAt: number;
  /** What the dispatcher found in the request. */
  session: Session | undefined;
  /** Present for a retryable write: look up and record each statement. */
  retry: StatementHistory | undefined;
  readConcern: ReadConcern = DEFAULT_READ_CONCERN;
  writeConcern: WriteConcern = DEFAULT_WRITE_CONCERN;
  /** Sent as part of a multi-document transaction. */
  inTransaction = false;
  /** The transaction in progress that the command is a statement of. */
  transaction: Transaction | undefined;
  /** What the command sees in place of the present state: the snapshot of its transaction or of its read concern. */
  view: SnapshotStore | undefined;
  writing = false;
  /** Sleeps of its scripts. */
  readonly pauses = new ScriptPauses();
  apiStrict = false;
  /** Set by the command that opens or reads a change stream: decides the labels of its errors. */
  changeStream = false;
  /** For currentOp. */
  commandName = '';
  namespace = '';
  /** Monotonic ms at which maxTimeMS is over; Infinity without one. Not set for getMore and hello. */
  expiresAt = Infinity;
  /**
   * Set by a command that the client allowed to stream (`request.exhaustAllowed`): the reply gets moreToCome, and this
   * body is run next without waiting for a request.
   */
  again: Doc | undefined;
  #interruption: CommandError | undefined;
  #waiters: Set<() => void> | undefined;

  constructor(cluster: Cluster, member: MemberState, connection: ClientState, operationId: number) {
    this.cluster = cluster;
    this.member = member;
    this.connection = connection;
    this.operationId = operationId;
    this.startedAt = cluster.runtime.now();
  }

  /** Sets sessions of different users apart; empty without users. */
  get userKey(): string {
    const { user } = this.connection;
    return user === undefined ? '' : `${user.user}@${user.database}`;
  }

  get sessionKey(): string | undefined {
    return this.session?.key;
  }

  get store(): Store {
    return this.member.data.store;
  }

  /** The collections as this command sees them. */
  get visible(): StoreAccess {
    const { cluster, member, view } = this;
    return view ?? (cluster.topology === 'replicaset' ? member.data.storeWithOplog : member.data.store);
  }

  /** The member among the others of its replica set. */
  get replica(): Replica | undefined {
    return this.cluster.replicaSet?.replicaOf(this.member);
  }

  get cursors(): CursorRegistry {
    return this.member.cursors;
  }

  get runtime(): Runtime {
    return this.cluster.runtime;
  }

  get version(): ServerVersion {
    return this.cluster.version;
  }

  /** Makes the running command fail with `error` at its next check or wait: killOp, killCursors, shutdown, a closed socket. */
  interrupt(error: CommandError): void {
    this.#interruption ??= error;
    for (const wake of [...(this.#waiters ?? [])]) wake();
  }

  /** To be called now and then by whatever loops for long. */
  throwIfInterrupted(): void {
    if (this.#interruption !== undefined) throw this.#interruption;
    if (this.expiresAt !== Infinity && this.runtime.now() >= this.expiresAt) throw timeLimitError();
  }

  /**
   * Waits until `wake` (given to `subscribe`) is called, or for `ms`. Resolves with whether it was woken; rejects when
   * the command is interrupted, its connection closes or its maxTimeMS is over. `subscribe` returns its undo.
   */
  wait(ms: number, subscribe?: (wake: () => void) => () => void): Promise<boolean> {
    this.throwIfInterrupted();
    return new Promise((resolve, reject) => {
      const { runtime, connection } = this;
      const limit = Math.min(ms, this.expiresAt - runtime.now());
      let settled = false;
      const settle = (woken: boolean): void => {
        if (settled) return;
        settled = true;
        timer?.clear();
        unsubscribe?.();
        stopWatching();
        this.#waiters?.delete(onInterrupt);
        try {
          this.throwIfInterrupted();
          resolve(woken);
        } catch (error) {
          reject(error as Error);
        }
      };
      const onInterrupt = (): void => settle(false);
      this.#waiters ??= new Set();
      this.#waiters.add(onInterrupt);
      const stopWatching = connection.onClose(() =>
        this.interrupt(new CommandError('ClientDisconnect', 'the client closed the connection')),
      );
      const timer = limit === Infinity ? undefined : runtime.setTimer(limit, () => settle(false));
      const unsubscribe = subscribe?.(() => settle(true));
      if (settled) unsubscribe?.();
    });
  }
}

export const timeLimitError = (): CommandError =>
  new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
