import type { Timestamp, UUID } from 'bson';
import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import { isDoc } from '../query/value.js';
import type { LogEntry, LogWrite } from '../replication/replication-log.js';

/** The part of the log that a snapshot reads. */
export interface History {
  /** Index of the first entry kept and one past the last. */
  readonly range: { readonly from: number; readonly to: number };
  at(index: number): LogEntry | undefined;
  /** Index of the first entry at or after the time. */
  indexOf(time: Timestamp): number;
}

/** What records were before they changed; undefined where there was none. */
export type Changes = ReadonlyMap<number, RawDocument | undefined>;

const NO_CHANGES: Changes = new Map();

/**
 * The state of a store at one moment: the present one, without what the log has from then on. So nothing is kept for
 * snapshots that nobody reads, and a snapshot can be read for as long as the log goes back to it.
 */
export class Snapshot {
  readonly time: Timestamp;
  readonly #log: History;
  #position: number;
  readonly #changes = new Map<string, Map<number, RawDocument | undefined>>();
  readonly #created = new Set<string>();
  /** Namespaces that were there and are no more. */
  readonly #gone = new Set<string>();

  /** The state after all entries of the log up to `time`. Throws SnapshotTooOld where the log does not go back so far. */
  constructor(log: History, time: Timestamp) {
    this.time = time;
    this.#log = log;
    this.#position = log.indexOf(time);
    while (log.at(this.#position)?.ts.equals(time) === true) this.#position += 1;
    const first = log.at(log.range.from);
    if (log.range.from > 0 && first?.ts.greaterThan(time) === true) throw tooOld(time);
  }

  /** What of a collection is not as it was. */
  changesOf(uuid: UUID): Changes {
    this.#catchUp();
    return this.#changes.get(uuid.toHexString()) ?? NO_CHANGES;
  }

  /** Whether the collection came later. */
  isNew(uuid: UUID): boolean {
    this.#catchUp();
    return this.#created.has(uuid.toHexString());
  }

  /** Whether a collection of that name was dropped or renamed since. */
  isGone(namespace: string): boolean {
    this.#catchUp();
    return this.#gone.has(namespace);
  }

  #catchUp(): void {
    const { from, to } = this.#log.range;
    if (this.#position < from) throw tooOld(this.time);
    for (; this.#position < to; this.#position += 1) {
      const entry = this.#log.at(this.#position);
      if (entry === undefined) continue;
      for (const write of entry.operations ?? [entry]) this.#note(write);
    }
  }

  #note({ op, ns, ui, record, before, o }: LogWrite): void {
    if (op === 'c' && isDoc(o)) this.#noteCommand(ns, ui, o.keys().next().value ?? '', o);
    if (ui === undefined || record === undefined) return;
    const key = ui.toHexString();
    let changes = this.#changes.get(key);
    if (changes === undefined) this.#changes.set(key, (changes = new Map()));
    if (!changes.has(record)) changes.set(record, before);
  }

  #noteCommand(ns: string, ui: UUID | undefined, name: string, command: ReadonlyMap<string, unknown>): void {
    if (ui === undefined) return;
    const target = String(command.get(name));
    if (name === 'create') this.#created.add(ui.toHexString());
    else if (name === 'drop') this.#gone.add(`${ns.slice(0, ns.indexOf('.'))}.${target}`);
    else if (name === 'renameCollection') {
      this.#gone.add(target);
      this.#created.add(ui.toHexString());
    }
  }
}

const tooOld = (time: Timestamp): CommandError =>
  new CommandError(
    'SnapshotTooOld',
    `Read timestamp Timestamp(${String(time.t)}, ${String(time.i)}) is older than the oldest available timestamp.`,
  );
