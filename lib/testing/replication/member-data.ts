import type { Runtime } from '../../core/runtime.js';
import { SessionRegistry } from '../sessions/session-registry.js';
import { copyStore } from '../store/copy-store.js';
import { Store } from '../store/store.js';
import type { ServerVersion } from '../versions.js';
import { applyEntry } from './apply-entry.js';
import type { ClusterClock } from './cluster-clock.js';
import { StoreWithOplog } from './oplog-collection.js';
import { ReplicationLog, type LogEntry } from './replication-log.js';

export interface MemberDataOptions {
  readonly runtime: Runtime;
  readonly clock: ClusterClock;
  readonly version: ServerVersion;
}

/**
 * What one member keeps: its documents, its log, and the sessions with their history of retryable writes. Routers share
 * one. Documents of different members are the same bytes, so that a further member costs little.
 */
export class MemberData {
  readonly log: ReplicationLog;
  readonly store: Store;
  readonly sessions: SessionRegistry;
  /** The store with the log as `local.oplog.rs`, which members of replica sets have. */
  readonly storeWithOplog: StoreWithOplog;
  readonly #options: MemberDataOptions;
  /** The entry of another member that is being applied: what it makes the store write is that entry, not a new one. */
  #applying: LogEntry | undefined;

  constructor(options: MemberDataOptions, log = new ReplicationLog(options.clock)) {
    const { runtime, version } = options;
    this.#options = options;
    this.log = log;
    this.sessions = new SessionRegistry(runtime);
    this.store = new Store({
      runtime,
      version,
      log: { append: (write) => this.#applying ?? this.log.append(write) },
    });
    this.storeWithOplog = new StoreWithOplog(this.store, this.log);
  }

  /** Follows another member by one entry. */
  apply(entry: LogEntry): void {
    this.#applying = entry;
    try {
      applyEntry(this.store, entry);
    } finally {
      this.#applying = undefined;
    }
    const { statement, transaction } = entry;
    if (transaction !== undefined) {
      const { lsid, userKey, txnNumber } = transaction;
      this.sessions.use(lsid, userKey).adoptTransaction(txnNumber);
    }
    if (statement !== undefined) {
      const { lsid, userKey, txnNumber, stmtId, result } = statement;
      this.sessions.use(lsid, userKey).adoptStatement(txnNumber, stmtId, result);
    }
    this.log.adopt(entry);
  }

  /** The same data once more, for a member that begins anew. */
  copy(): MemberData {
    const made = new MemberData(this.#options, this.log.copy());
    made.#applying = {
      op: 'n',
      ns: '',
      o: new Map(),
      ts: this.log.lastApplied,
      term: this.log.term,
      wall: 0,
    };
    copyStore(this.store, made.store);
    made.#applying = undefined;
    made.sessions.copyFrom(this.sessions);
    return made;
  }
}
