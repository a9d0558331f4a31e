import { deadlineFailure, narrowDeadline, type Deadline } from '../../core/deadline.js';
import { InvalidOperation } from '../../core/errors/usage.js';
import { observeSelection } from './observe-selection.js';
import { isHopeless } from './permanent-faults.js';
import { pickServer, type PickRules } from './pick-server.js';
import { selectionError } from './selection-error.js';
import type { SelectionEvent, SelectionPurpose } from './selection-events.js';
import type { SelectionQueue } from './selection-queue.js';
import type { Server } from '../server.js';
import type { ServerSelector } from './server-selector.js';
import type { TopologyDescription } from '../description/topology-description.js';
import type { TopologyOptions } from '../topology-options.js';

/** What selection asks the topology. */
export interface SelectionView {
  readonly options: TopologyOptions;
  readonly description: TopologyDescription;
  /** `draining`: what is not there by now will not come any more. */
  readonly state: 'new' | 'running' | 'draining' | 'closed';
  /** A server has been found before. */
  readonly hasConnected: boolean;
  server(address: string): Server | undefined;
  requestCheck(): void;
}

/** What events tell of a selection. */
type Asked = Pick<Selection, 'selector' | 'purpose'>;

/** What one operation wants. */
interface Selection {
  readonly selector: ServerSelector;
  readonly deadline: Deadline;
  /** Taken only where no other will do. */
  readonly deprioritized: readonly Server[];
  readonly purpose: SelectionPurpose;
}

export const clientClosed = (): InvalidOperation => new InvalidOperation('The client is closed');

/** Finds servers for operations: at once where the description has one, else as soon as a change brings one. */
export class ServerSelection {
  readonly #view: SelectionView;
  readonly #waiting: SelectionQueue;
  readonly #pickRules: PickRules;

  constructor(view: SelectionView, waiting: SelectionQueue) {
    const { localThresholdMS, serverSelector, runtime } = view.options;
    this.#view = view;
    this.#waiting = waiting;
    this.#pickRules = { localThresholdMS, serverSelector, random: () => runtime.random() };
  }

  /** As `observed`, without events about it. Allocates nothing of its own where a server is known. */
  select(
    selector: ServerSelector,
    deadline: Deadline,
    deprioritized: readonly Server[],
    purpose: SelectionPurpose,
  ): Server | Promise<Server> {
    return (
      this.#tryOnce(selector, deprioritized) ?? this.#wait({ selector, deadline, deprioritized, purpose })
    );
  }

  /** Has listeners told how `select` goes. */
  observed(selection: Asked, select: () => Server | Promise<Server>): Server | Promise<Server> {
    return observeSelection(this.#view.options.events, () => this.#facts(selection), select);
  }

  #facts({ selector, purpose }: Asked): SelectionEvent {
    const { options, description } = this.#view;
    const custom = options.serverSelector !== undefined;
    return { selector, custom, purpose, topologyDescription: description };
  }

  #tryOnce(selector: ServerSelector, deprioritized: readonly Server[]): Server | undefined {
    const { state, description } = this.#view;
    if (state === 'closed') throw clientClosed();
    const server = pickServer(description, this.#find, selector, deprioritized, this.#pickRules);
    if (server === undefined && state === 'draining') throw clientClosed();
    return server;
  }

  readonly #find = (address: string): Server | undefined => this.#view.server(address);

  async #wait(selection: Selection): Promise<Server> {
    const { deadline, selector, deprioritized } = selection;
    const { runtime, serverSelectionTimeoutMS } = this.#view.options;
    const over = deadlineFailure(deadline, runtime);
    if (over !== undefined && deadline.signal?.aborted === true) throw over.reason;
    const startedAt = runtime.now();
    const explain = (): Error => this.#explain(selector, startedAt);
    const { signal, expiresAt, timeoutMS } = deadline;
    const timedOut = (): Error =>
      timeoutMS === undefined ? explain() : deadline.timeoutError('while a server was selected', explain());
    const limited = narrowDeadline(
      { signal, expiresAt, timeoutMS, timeoutError: timedOut },
      runtime,
      serverSelectionTimeoutMS,
      explain,
    );
    if (over !== undefined) throw timedOut();
    const tryAgain = (): Server | undefined => {
      const server = this.#tryOnce(selector, deprioritized);
      if (server === undefined && this.#isHopeless) throw explain();
      return server;
    };
    // Nobody is left who could bring a change.
    if (this.#isHopeless && this.#view.description.servers.size === 0) throw explain();
    this.#publishWaiting(selection, limited.expiresAt - startedAt);
    const found = this.#waiting.wait(tryAgain, limited);
    // While anybody waits, each check asks for the next: the first who waits has to set that going.
    if (this.#waiting.size === 1) this.#view.requestCheck();
    return found;
  }

  /** `failFast`: what is wrong before the first server is found does not get better by waiting. */
  get #isHopeless(): boolean {
    const { options, description, hasConnected } = this.#view;
    return options.failFast === true && !hasConnected && isHopeless(description);
  }

  #explain(selector: ServerSelector, startedAt: number): Error {
    const { options, description } = this.#view;
    const { authSource, tls, runtime } = options;
    const now = runtime.now();
    return selectionError({ selector, description, waitedMS: now - startedAt, now, authSource, tls });
  }

  #publishWaiting(selection: Selection, leftMS: number): void {
    const { events } = this.#view.options;
    if (!events.has('serverSelectionWaiting')) return;
    const remainingTimeMS = leftMS === Infinity ? undefined : Math.round(leftMS);
    events.publish('serverSelectionWaiting', { ...this.#facts(selection), remainingTimeMS });
  }
}
