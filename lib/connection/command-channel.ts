import { traceChannel, type TraceContext } from '../core/trace.js';
import type { CommandStartedEvent } from './command-events.js';

/**
 * What `tracing:asyncmongo:command:*` tells of one command and its reply: the fields of `commandStarted`. `error` is also
 * published where the server refuses the command.
 */
export interface CommandTrace extends CommandStartedEvent, TraceContext {
  /** Milliseconds from sending to the reply or the failure; set at the end. */
  duration: number | undefined;
}

export const COMMAND_CHANNEL = traceChannel<CommandTrace>('command');
