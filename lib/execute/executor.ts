import type { Operation, ParseTarget } from '../operations/operation.js';
import type { ClusterTime } from '../sessions/cluster-time.js';
import { SessionState } from '../sessions/session-state.js';
import { makeAttempts } from './attempts.js';
import type { ExecuteContext } from './execute-context.js';
import type { ExecuteOptions } from './execute-options.js';
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

  constructor(options: ExecutorOptions) {
    this.#context = { ...options, clusterTime: undefined };
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
    try {
      const reply =
        request === undefined
          ? await makeAttempts(context, run)
          : await request.inTurn(options.deadline, () => makeAttempts(context, run));
      return operation.parse(reply, run.target as ParseTarget);
    } finally {
      if (run.borrowed !== undefined) context.sessions.release(run.borrowed);
    }
  }

  #newSession(explicit: boolean, causalConsistency: boolean, snapshot: boolean): SessionState {
    const { sessions: pool } = this.#context;
    return new SessionState({ owner: this.#context, pool, explicit, causalConsistency, snapshot });
  }
}
