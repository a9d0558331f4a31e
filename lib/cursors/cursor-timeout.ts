import { operationDeadline, withinBlock, type Deadline } from '../core/deadline.js';
import { ConfigurationError } from '../core/errors/usage.js';
import type { Runtime } from '../core/runtime.js';
import { timeoutBlock } from '../core/timeout.js';

/**
 * What `timeoutMS` limits: everything from the first command to the last document, or each call that reads from the
 * cursor on its own.
 */
export type CursorTimeoutMode = 'cursorLifetime' | 'iteration';

/** What decides the deadlines of a cursor. */
export interface CursorLimits {
  readonly signal?: AbortSignal | undefined;
  /** `timeoutMS` of the call that made the cursor. */
  readonly timeoutMS?: number | null | undefined;
  /** `timeoutMS` of the handle it was called on. */
  readonly inheritedTimeoutMS?: number | null | undefined;
  readonly timeoutMode?: CursorTimeoutMode | undefined;
  /** Stays open at the end of a capped collection. */
  readonly tailable: boolean;
  /** The server waits for documents, so asking again and again is no busy loop. */
  readonly awaitData: boolean;
}

/** Refuses limits that contradict each other (client-side operations timeout specification, "Cursors"). */
export const checkCursorLimits = (
  limits: CursorLimits,
  {
    maxAwaitTimeMS,
    writesOutput,
  }: { readonly maxAwaitTimeMS?: number | undefined; readonly writesOutput: boolean },
): void => {
  const { timeoutMode, tailable } = limits;
  const { timeoutMS = limits.inheritedTimeoutMS ?? timeoutBlock()?.timeoutMS } = limits;
  if (timeoutMode !== undefined) {
    if (timeoutMode !== 'cursorLifetime' && timeoutMode !== 'iteration') {
      throw new ConfigurationError(
        `timeoutMode must be 'cursorLifetime' or 'iteration', not ${String(timeoutMode)}`,
      );
    }
    if (timeoutMS === undefined) throw new ConfigurationError('timeoutMode has no meaning without timeoutMS');
    if (tailable && timeoutMode === 'cursorLifetime') {
      throw new ConfigurationError("A tailable cursor has no end: its timeoutMode can only be 'iteration'");
    }
    if (writesOutput && timeoutMode === 'iteration') {
      throw new ConfigurationError("A pipeline with $out or $merge takes no timeoutMode: 'iteration'");
    }
  }
  if (maxAwaitTimeMS !== undefined && timeoutMS && maxAwaitTimeMS >= timeoutMS) {
    throw new ConfigurationError(
      `maxAwaitTimeMS (${String(maxAwaitTimeMS)}) must be less than timeoutMS (${String(timeoutMS)}): no empty batch would arrive in time`,
    );
  }
};

/** The deadlines of one cursor, call by call. */
export class CursorDeadlines {
  readonly #runtime: Runtime;
  readonly #limits: CursorLimits;
  readonly #eachCall: boolean;
  #lifetime: Deadline | undefined;

  constructor(runtime: Runtime, limits: CursorLimits) {
    this.#runtime = runtime;
    this.#limits = limits;
    this.#eachCall = limits.tailable || limits.timeoutMode === 'iteration';
  }

  /** For a call that begins now, all commands it sends together. */
  begin(): Deadline {
    if (this.#lifetime !== undefined) return withinBlock(this.#lifetime);
    const { timeoutMS, inheritedTimeoutMS, signal } = this.#limits;
    const deadline = operationDeadline(this.#runtime, timeoutMS, inheritedTimeoutMS, signal);
    if (!this.#eachCall) this.#lifetime = deadline;
    return deadline;
  }

  /** For the rest of a call whose deadline was used for the first command. */
  afterFirst(deadline: Deadline): Deadline {
    return this.#eachCall ? this.begin() : deadline;
  }

  /**
   * Servers apply the `maxTimeMS` of the first command to the whole life of the cursor, which is not meant where each
   * call has its own limit; where a cursor waits for data they do not.
   */
  get derivesMaxTimeMS(): boolean {
    return !this.#eachCall || (this.#limits.tailable && this.#limits.awaitData);
  }
}
