import type { TimerHandle } from '../../core/runtime.js';
import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import type { TransactionIdentity } from '../replication/replication-log.js';
import type { Shard } from '../sharding/shard.js';
import type { PlacedCollection, Sharding } from '../sharding/sharding.js';
import type { Operation, Writer } from '../store/snapshot-collection.js';
import { SnapshotStore } from '../store/snapshot-store.js';
import type { Snapshot } from '../store/snapshot.js';
import type { Store } from '../store/store.js';

export type TransactionState = 'in progress' | 'prepared' | 'committed' | 'aborted';

const TRANSITIONS: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  'in progress': ['prepared', 'committed', 'aborted'],
  prepared: ['committed', 'aborted'],
  committed: [],
  aborted: [],
};

/** A multi-document transaction on the member that runs it. */
export class Transaction implements Writer {
  readonly identity: TransactionIdentity;
  /** Monotonic ms. */
  readonly startedAt: number;
  /** Sets the routers of a cluster apart: which of them has begun it. */
  readonly coordinator: object;
  readonly #store: Store;
  readonly #sharding: Sharding | undefined;
  /** The shards it has reached, in that order, and whether it has written there. */
  readonly #participants = new Map<Shard, boolean>();
  readonly #operations: Operation[] = [];
  readonly #onEnd = new Set<() => void>();
  #state: TransactionState = 'in progress';
  #view: SnapshotStore | undefined;
  #expiry: TimerHandle | undefined;

  constructor(
    identity: TransactionIdentity,
    store: Store,
    coordinator: object,
    startedAt: number,
    sharding?: Sharding,
  ) {
    this.identity = identity;
    this.startedAt = startedAt;
    this.coordinator = coordinator;
    this.#store = store;
    this.#sharding = sharding;
  }

  get txnNumber(): bigint {
    return this.identity.txnNumber;
  }

  get state(): TransactionState {
    return this.#state;
  }

  /** Neither committed nor aborted. */
  get open(): boolean {
    return this.#state === 'in progress' || this.#state === 'prepared';
  }

  get hasWrites(): boolean {
    return this.#operations.length > 0;
  }

  /** The store as its snapshot shows it; undefined before the first statement. */
  get view(): SnapshotStore | undefined {
    return this.#view;
  }

  /** Takes the snapshot that all its statements see. */
  begin(snapshot: Snapshot): SnapshotStore {
    this.#view ??= new SnapshotStore(this.#store, snapshot, this);
    return this.#view;
  }

  /** The timer that aborts it when it has lived too long. */
  expireBy(timer: TimerHandle): void {
    this.#expiry = timer;
  }

  add(operation: Operation, collection?: PlacedCollection, document?: RawDocument): void {
    this.#operations.push(operation);
    if (this.#sharding === undefined || collection === undefined || document === undefined) return;
    this.#participants.set(this.#sharding.shardOf(collection, document.doc), true);
  }

  /** A statement was sent to a shard. */
  reach(shard: Shard): void {
    if (!this.#participants.has(shard)) this.#participants.set(shard, false);
  }

  hasReached(shard: Shard): boolean {
    return this.#participants.has(shard);
  }

  /** The shards it has written on, the one it reached first in front. */
  get writers(): readonly Shard[] {
    return [...this.#participants].filter(([, wrote]) => wrote).map(([shard]) => shard);
  }

  onEnd(wake: () => void): () => void {
    this.#onEnd.add(wake);
    return () => {
      this.#onEnd.delete(wake);
    };
  }

  /** First phase of a commit: nothing can keep it from committing any more. */
  prepare(): void {
    this.#transition('prepared');
    this.#expiry?.clear();
  }

  /** Makes its writes take effect together, as one entry of the log. */
  commit(): void {
    this.#transition('committed');
    this.#release();
    this.#store.together(
      () => {
        for (const operation of this.#operations) operation();
      },
      { transaction: this.identity },
    );
    this.#end();
  }

  /** Without effect once it has ended. A prepared transaction is ended by its coordinator alone. */
  abort(): void {
    if (this.#state !== 'in progress') return;
    this.#transition('aborted');
    this.#release();
    this.#end();
  }

  #transition(to: TransactionState): void {
    if (!TRANSITIONS[this.#state].includes(to)) {
      throw new Error(`A transaction that is ${this.#state} cannot become ${to}`);
    }
    this.#state = to;
  }

  #release(): void {
    this.#store.names.release(this);
    for (const collection of this.#view?.touched ?? []) collection.release(this);
  }

  #end(): void {
    this.#expiry?.clear();
    this.#operations.length = 0;
    this.#view = undefined;
    for (const wake of [...this.#onEnd]) wake();
    this.#onEnd.clear();
  }
}

const named = (txnNumber: bigint): string => `Transaction with { txnNumber: ${String(txnNumber)} }`;

export const hasCommitted = (txnNumber: bigint): CommandError =>
  new CommandError('TransactionCommitted', `${named(txnNumber)} has been committed.`);

export const hasAborted = (txnNumber: bigint): CommandError =>
  new CommandError('NoSuchTransaction', `${named(txnNumber)} has been aborted.`);
