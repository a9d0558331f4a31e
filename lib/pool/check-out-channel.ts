import { traceChannel, type TraceContext } from '../core/trace.js';

/** What `tracing:asyncmongo:checkout:*` tells of one check-out. */
export interface CheckOutTrace extends TraceContext {
  /** `host:port` or socket path of the server. */
  readonly address: string;
  /** The pool's number of the connection; set when there is one. */
  driverConnectionId: number | undefined;
}

export const CHECK_OUT_CHANNEL = traceChannel<CheckOutTrace>('checkout');
