import { tracingChannel, type TracingChannel } from 'node:diagnostics_channel';

/** What subscribers of a trace get; the same object from its start to its end. */
export interface TraceContext {
  /** Why it failed; set before `error` is published. */
  error?: unknown;
}

/** A channel on which something with a beginning and an end is traced. Nothing is made where nobody listens. */
export type TraceChannel<TContext extends TraceContext> = TracingChannel<TContext, TContext>;

/** `tracing:asyncmongo:NAME:start`, `end`, `error`, `asyncStart` and `asyncEnd`. */
export const traceChannel = <TContext extends TraceContext>(name: string): TraceChannel<TContext> =>
  tracingChannel<TContext, TContext>(`asyncmongo:${name}`);

/**
 * Traces asynchronous work. Stores that subscribers bind to `start` hold within it. Unlike the `tracePromise` of Node it
 * keeps what the work resolves to for itself.
 */
export const trace = <T, TContext extends TraceContext>(
  channel: TraceChannel<TContext>,
  context: TContext,
  work: () => Promise<T>,
): Promise<T> =>
  channel.start.runStores(context, () => {
    let promise: Promise<T>;
    try {
      promise = work();
    } finally {
      channel.end.publish(context);
    }
    return promise.then(
      (value) => {
        endTrace(channel, context);
        return value;
      },
      (error: unknown) => {
        failTrace(channel, context, error);
        throw error;
      },
    );
  });

/** For work that was begun within `start.runStores` and whose end is found out elsewhere. */
export const endTrace = <TContext extends TraceContext>(
  channel: TraceChannel<TContext>,
  context: TContext,
): void => {
  channel.asyncStart.publish(context);
  channel.asyncEnd.publish(context);
};

export const failTrace = <TContext extends TraceContext>(
  channel: TraceChannel<TContext>,
  context: TContext,
  error: unknown,
): void => {
  context.error = error;
  channel.error.publish(context);
  endTrace(channel, context);
};
