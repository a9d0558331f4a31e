import type { ClientState } from './client-state.js';
import type { CommandError } from './command-error.js';
import type { MemberState } from './replication/member-state.js';

/** A command while it runs: what currentOp shows of it and killOp needs. */
export interface RunningOperation {
  readonly operationId: number;
  readonly commandName: string;
  readonly namespace: string;
  readonly connection: ClientState;
  readonly member: MemberState;
  /** It writes, and has not written all yet: a step down ends it. */
  readonly writing: boolean;
  /** Key of its session, if it has one. */
  readonly sessionKey: string | undefined;
  /** Monotonic ms. */
  readonly startedAt: number;
  interrupt(error: CommandError): void;
}
