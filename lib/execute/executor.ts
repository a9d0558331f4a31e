import type { Operation, ParseTarget } from '../operations/operation.js';
import type { ClusterTime } from '../sessions/cluster-time.js';
import { SessionState } from '../sessions/session-state.js';
import { makeAttempts } from './attempts.js';
import type { ExecuteContext } from './execute-context.js';
import type { ExecuteOptions } from './execute-options.js';
import { InFlight } from './in-flight.js';
import { retryModeOf } from './retry-eligibility.js';
import type { Run } from './run.js';
import { checkSession } from './session-rules.js';

export type ExecutorOptions = Omit<ExecuteContext, 'clusterTime'>;

/**
 * The one loop through which every command goes: select a server, check a connection out, dress the command, send it,
 * read the reply, decide on a retry, tell the topology of a failure.
 */
export class Executor {
  readonly #context: ExecuteContext;
  readonly #inFlight: InFlight;

  constructor(options: ExecutorOptions) {
    this.#context = { ...options, clusterTime: undefined };
    this.#inFlight = new InFlight(options.runtime);
  }

  /** The highest cluster time any reply carried. */
  get clusterTime(): ClusterTime | undefined {
    return this.#context.clusterTime;
  }

  /** A session of the user. No I/O. */
  startSession(options: { readonly causalConsistency: boolean; readonly snapshot: boolean }): SessionState {
    return this.#newSession(true, options.causalConsistency, options.snapshot);
  }

  /** A session that lasts as long as a cursor. */
  cursorSession(): SessionState {
    return this.#newSession(false, false, false);
  }

  /** No operation is under way that somebody waits for. */
  get isIdle(): boolean {
    return this.#inFlight.isEmpty;
  }

  /** Resolves when no operation is left that somebody waits for. */
  drained(): Promise<void> {
    return this.#inFlight.drained();
  }

  async execute<T>(operation: Operation<T>, options: ExecuteOptions): Promise<T> {
    const context = this.#context;
    const unacknowledged =
      operation.takesWriteConcern === true && options.writeConcern?.isAcknowledged === false;
    if (options.session !== undefined) checkSession(context, options.session, unacknowledged);
    const request = context.requests.forOperation();
    const run: Run = {
      operation,
      options,
      request,
      unacknowledged,
      borrowed: undefined,
      // A second attempt on another connection would break the order that a request promises.
      retry: request === undefined ? retryModeOf(context, operation, options, unacknowledged) : 'none',
      txnNumber: undefined,
      verdict: undefined,
      documentsSent: 0,
      target: undefined,
    };
    if (operation.isAwaiting !== true) this.#inFlight.begin();
    try {
      const reply =
        request === undefined
          ? await makeAttempts(context, run)
          : await request.inTurn(options.deadline, () => makeAttempts(context, run));
      return operation.parse(reply, run.target as ParseTarget);
    } catch (error) {
      run.target?.connection?.release();
      throw error;
    } finally {
      if (operation.isAwaiting !== true) this.#inFlight.end();
      if (run.borrowed !== undefined) context.sessions.release(run.borrowed);
    }
  }

  #newSession(explicit: boolean, causalConsistency: boolean, snapshot: boolean): SessionState {
    const { sessions: pool } = this.#context;
    return new SessionState({ owner: this.#context, pool, explicit, causalConsistency, snapshot });
  }
}
