import { traceChannel, type TraceContext } from '../core/trace.js';
import type { Operation } from '../operations/operation.js';
import type { Server } from '../topology/server.js';
import type { ExecuteOptions } from './execute-options.js';
import type { Run } from './run.js';

/** What `tracing:asyncmongo:operation:*` tells of one execution, its retries included. */
export interface OperationTrace extends TraceContext {
  /** Name of the command, for example `insert`. */
  readonly operation: string;
  readonly database: string;
  /** Absent where the command is not about a collection. */
  readonly collection: string | undefined;
  /** The same for all commands of one call, where a call may need several. */
  readonly operationId: number | undefined;
}

/** What `tracing:asyncmongo:attempt:*` tells of one attempt on one server: a check-out and a command. */
export interface AttemptTrace extends TraceContext {
  readonly operation: string;
  readonly operationId: number | undefined;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** `host:port` or socket path of the server. */
  readonly address: string;
}

export const OPERATION_CHANNEL = traceChannel<OperationTrace>('operation');
export const ATTEMPT_CHANNEL = traceChannel<AttemptTrace>('attempt');

export const operationTrace = (
  { name, database, collection }: Operation<unknown>,
  { operationId }: ExecuteOptions,
): OperationTrace => ({ operation: name, database, collection, operationId });

export const attemptTrace = ({ operation, options, verdict }: Run, { address }: Server): AttemptTrace => ({
  operation: operation.name,
  operationId: options.operationId,
  attempt: (verdict?.retries ?? 0) + 1,
  address,
});
