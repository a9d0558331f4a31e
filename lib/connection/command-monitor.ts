import type { EventHub } from '../core/event-hub.js';
import type { Runtime } from '../core/runtime.js';
import { endTrace, failTrace } from '../core/trace.js';
import type { Command, CommandAdditions } from '../wire/command.js';
import type { Reply } from '../wire/reply.js';
import { COMMAND_CHANNEL, type CommandTrace } from './command-channel.js';
import type { CommandEvents, CommandStartedEvent } from './command-events.js';
import type { ConnectionDescription } from './connection-description.js';
import { publishedCommand, publishedRefusal } from './published-command.js';
import { isSensitive } from './sensitive-commands.js';

/** What the events tell of the connection. */
interface Origin {
  readonly id: number;
  readonly address: string;
  readonly description: ConnectionDescription;
}

/** A request that is about to be sent. */
interface Request {
  readonly command: Command;
  readonly additions: CommandAdditions;
  readonly requestId: number;
  readonly operationId: number | undefined;
  /** Part of setting the connection up. */
  readonly handshake: boolean;
  readonly documentsEncoded: number;
}

/** The request whose reply is awaited, as its events describe it. */
interface Pending {
  readonly facts: Omit<CommandStartedEvent, 'command'>;
  readonly sensitive: boolean;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly trace: CommandTrace | undefined;
}

/**
 * Tells listeners and tracers of the commands of one connection, one at a time (command logging and monitoring
 * specification). Nothing is made where nobody listens.
 */
export class CommandMonitor {
  readonly #events: EventHub<CommandEvents>;
  readonly #origin: Origin;
  readonly #runtime: Runtime;
  #pending: Pending | undefined;

  constructor(events: EventHub<CommandEvents>, origin: Origin, runtime: Runtime) {
    this.#events = events;
    this.#origin = origin;
    this.#runtime = runtime;
  }

  get isHeard(): boolean {
    const events = this.#events;
    return (
      events.has('commandSucceeded') ||
      events.has('commandFailed') ||
      events.has('commandStarted') ||
      COMMAND_CHANNEL.hasSubscribers
    );
  }

  /** Somebody was told of a command that has not ended. */
  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  /** Tells of the command, and sends it within its trace. */
  start(request: Request, send: () => void): void {
    const sensitive = isSensitive(request.command);
    const facts = this.#factsOf(request);
    const isTraced = COMMAND_CHANNEL.hasSubscribers;
    const command =
      sensitive || !(isTraced || this.#events.has('commandStarted'))
        ? {}
        : publishedCommand(request.command, request.additions, request.documentsEncoded);
    const trace: CommandTrace | undefined = isTraced ? { ...facts, command, duration: undefined } : undefined;
    this.#pending = { facts, sensitive, startedAt: this.#runtime.now(), trace };
    if (this.#events.has('commandStarted')) this.#events.publish('commandStarted', { ...facts, command });
    if (trace === undefined) {
      send();
      return;
    }
    COMMAND_CHANNEL.start.runStores(trace, send);
    COMMAND_CHANNEL.end.publish(trace);
  }

  /** `reply` is absent for an unacknowledged write, which counts as a success. */
  replied(reply: Reply | undefined): void {
    const pending = this.#take();
    const duration = this.#runtime.now() - pending.startedAt;
    try {
      if (reply === undefined || reply.ok) this.#succeeded(pending, duration, reply);
      else this.#failed(pending, duration, publishedRefusal(reply, pending.sensitive));
    } catch (error) {
      // A reply damaged below its top level: whoever reads that part gets the error, and so do the listeners.
      this.#failed(pending, duration, error);
    }
  }

  failed(failure: unknown): void {
    const pending = this.#take();
    this.#failed(pending, this.#runtime.now() - pending.startedAt, failure);
  }

  #take(): Pending {
    const pending = this.#pending as Pending;
    this.#pending = undefined;
    return pending;
  }

  #succeeded(pending: Pending, duration: number, reply: Reply | undefined): void {
    const { facts, sensitive, trace } = pending;
    if (this.#events.has('commandSucceeded')) {
      const document = sensitive ? {} : (reply?.decode() ?? { ok: 1 });
      this.#events.publish('commandSucceeded', { ...facts, duration, reply: document });
    }
    if (trace === undefined) return;
    trace.duration = duration;
    endTrace(COMMAND_CHANNEL, trace);
  }

  #failed({ facts, trace }: Pending, duration: number, failure: unknown): void {
    if (this.#events.has('commandFailed')) {
      this.#events.publish('commandFailed', { ...facts, duration, failure });
    }
    if (trace === undefined) return;
    trace.duration = duration;
    failTrace(COMMAND_CHANNEL, trace, failure);
  }

  #factsOf({ command, requestId, operationId, handshake }: Request): Pending['facts'] {
    const { id, address, description } = this.#origin;
    return {
      commandName: command.name,
      databaseName: command.database,
      requestId,
      operationId,
      connectionId: address,
      driverConnectionId: id,
      serverConnectionId: description.serverConnectionId,
      serviceId: description.serviceId,
      handshake,
    };
  }
}
