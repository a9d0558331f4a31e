import type { CodecOptions } from '../bson/codec-options.js';
import type { Document } from '../bson/document.js';
import { clock, readClock } from '../core/clock.js';
import { deadlineAfter, deadlineFailure, type Deadline } from '../core/deadline.js';
import { deferred, type Deferred } from '../core/deferred.js';
import type { EventHub } from '../core/event-hub.js';
import {
  AutoReconnect,
  NetworkTimeout,
  ProtocolError,
  type ConnectionFailureOptions,
  type ConnectionPhase,
} from '../core/errors/connection.js';
import { InvalidOperation } from '../core/errors/usage.js';
import type { Runtime, Transport } from '../core/runtime.js';
import type { Command, CommandAdditions } from '../wire/command.js';
import { DEFAULT_MAX_MESSAGE_SIZE } from '../wire/message-header.js';
import { FrameReader } from '../wire/frame-reader.js';
import { readReply } from '../wire/read-reply.js';
import type { Reply } from '../wire/reply.js';
import { nextRequestId } from '../wire/request-id.js';
import type { CommandEvents } from './command-events.js';
import { CommandMonitor } from './command-monitor.js';
import { BEFORE_HELLO, type ConnectionDescription } from './connection-description.js';
import { RequestWriter } from './request-writer.js';
import { WaitLimit, type WaitEnds } from './wait-limit.js';

/** What is known of the way to a server and back. */
export interface RoundTrip {
  /** In milliseconds; 0 as long as it is not known. */
  readonly minRoundTripTime: number;
}

export interface CommandOptions extends CommandAdditions {
  /** Ends the wait for the reply: whoever asked hears of it at once, the late reply is read and thrown away. */
  readonly deadline: Deadline;
  /** Nothing is sent that cannot be answered in time. */
  readonly roundTrip?: RoundTrip | undefined;
  /** How the values of the command are encoded. */
  readonly codecOptions?: CodecOptions | undefined;
  /** The server may wait so long for something to tell: `socketTimeoutMS` counts on top of that. */
  readonly awaitsMS?: number | undefined;
  /** Unacknowledged write: resolves with `undefined` once the message has been handed to the system. */
  readonly noReply?: boolean | undefined;
  /** The server may send several replies; those after the first come from `nextReply`. */
  readonly exhaust?: boolean | undefined;
  /** Linked into the command monitoring events. */
  readonly operationId?: number | undefined;
  /** Told, before anything is sent, how many documents of the sequence the message carries. */
  readonly onEncoded?: ((documentsEncoded: number) => void) | undefined;
}

export interface ConnectionOptions {
  readonly runtime: Runtime;
  readonly transport: Transport;
  readonly id: number;
  readonly address: string;
  readonly generation: number;
  /** Longest silence while a reply is awaited; 0 means no limit. */
  readonly socketTimeoutMS: number;
  /** A pending request does not keep the process alive: monitoring. */
  readonly background: boolean;
  readonly events: EventHub<CommandEvents> | undefined;
  /** Called when the connection closes by itself while nothing is pending: nobody else would notice. */
  readonly onClose: (() => void) | undefined;
}

/**
 * How long the reply to a request that nobody waits for any more may take. Under `timeoutMS` the server has its own limit
 * and answers within a round trip of it; a reply much later than that is not worth the socket.
 */
export const LATE_REPLY_LIMIT_MS = 1_000;

/** Nothing is awaited. */
const IDLE = 0;
/** The reply to a request is awaited. */
const REPLY = 1;
/** The message of an unacknowledged write is on its way into the system. */
const FLUSH = 2;
/** The server streams further replies by itself. */
const STREAM = 3;
/** The OP_REPLY to a legacy hello is awaited. */
const LEGACY_REPLY = 4;
/** The reply to a request with `exhaust` is awaited: the first of several, where the server sees fit. */
const FIRST_REPLY = 5;

type Waiting =
  typeof IDLE | typeof REPLY | typeof FLUSH | typeof STREAM | typeof LEGACY_REPLY | typeof FIRST_REPLY;

const waitingFor = ({ noReply, exhaust }: CommandOptions): Waiting => {
  if (noReply === true) return FLUSH;
  return exhaust === true ? FIRST_REPLY : REPLY;
};

/**
 * One stream to one server, for one request at a time. A request costs one promise and one write: what is awaited
 * stands in the fields below, so that the path has neither closures nor events of its own.
 *
 * IDLE -> REPLY -> IDLE; IDLE -> FIRST_REPLY -> IDLE, or STREAM while the replies say that more will come; IDLE -> FLUSH
 * -> IDLE. Whoever waits may give up: the states stay as they are until the late reply is there, and its bytes are thrown
 * away. Whatever goes wrong on the way destroys the stream: a reply can never reach another caller.
 */
export class Connection {
  /** The pool's number of this connection, from 1. */
  readonly id: number;
  /** `host:port` or socket path. */
  readonly address: string;
  /** The pool's generation this connection was made in. */
  readonly generation: number;
  /** Milliseconds the hello of the handshake took, the opening of the stream not counted. */
  helloMS = 0;

  static readonly #WAIT_ENDS: WaitEnds<Connection> = {
    onOver: (connection, reason) => connection.#giveUp(reason),
    onSilence: (connection, silenceMS) => connection.#fail(connection.#silenceError(silenceMS)),
  };

  readonly #runtime: Runtime;
  readonly #transport: Transport;
  readonly #reader: FrameReader;
  readonly #limit: WaitLimit<Connection>;
  readonly #socketTimeoutMS: number;
  readonly #background: boolean;
  readonly #monitor: CommandMonitor | undefined;
  readonly #writer: RequestWriter;
  #onCloseByItself: (() => void) | undefined;
  #description = BEFORE_HELLO;
  #hello: Document | undefined;
  #phase: ConnectionPhase = 'hello';
  #closed = false;
  #closeReason: Error | undefined;

  #waiting: Waiting = IDLE;
  #expectedResponseTo = 0;
  #resolve: ((reply: Reply | undefined) => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  /** Replies of a stream that nobody has asked for yet. */
  #unread: Reply[] = [];
  /** Somebody gave up waiting; settles when the late reply was read, or the stream destroyed. */
  #late: Deferred<Reply | undefined> | undefined;

  constructor(options: ConnectionOptions) {
    this.id = options.id;
    this.address = options.address;
    this.generation = options.generation;
    this.#runtime = options.runtime;
    this.#transport = options.transport;
    this.#socketTimeoutMS = options.socketTimeoutMS;
    this.#background = options.background;
    const { events } = options;
    this.#monitor = events === undefined ? undefined : new CommandMonitor(events, this, options.runtime);
    this.#writer = new RequestWriter(options.transport, (error) => this.#onFlushed(error));
    this.#onCloseByItself = options.onClose;
    this.#limit = new WaitLimit(options.runtime, this, Connection.#WAIT_ENDS);
    // Whatever a server says of the messages it takes: what it may send is not for it to say.
    this.#reader = new FrameReader((frame) => this.#onFrame(frame), DEFAULT_MAX_MESSAGE_SIZE);
    this.#transport.hold(false);
    this.#transport.start({
      onData: (chunk) => this.#onData(chunk),
      onClose: (error) => this.#onClose(error),
    });
  }

  get description(): ConnectionDescription {
    return this.#description;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Why it is closed. */
  get closeReason(): Error | undefined {
    return this.#closeReason;
  }

  /** A request is not answered in full: no other can be sent. */
  get busy(): boolean {
    return this.#waiting !== IDLE || this.#unread.length > 0;
  }

  /**
   * Set from the moment somebody gave up waiting for a reply: resolves with that reply when it has been read, and the
   * connection can be used again, or with `undefined` when it is closed.
   */
  get lateReply(): Promise<Reply | undefined> | undefined {
    return this.#late?.promise;
  }

  /** Errors from here on belong to this phase. The handshake is bounded as a whole, not by each silence. */
  enterPhase(phase: ConnectionPhase): void {
    this.#phase = phase;
    this.#limit.silenceMS = phase === 'in-use' ? this.#socketTimeoutMS : 0;
  }

  /** What the handshake found out, and how long its hello took. */
  describe(description: ConnectionDescription, hello: Document, helloMS: number): void {
    this.#description = description;
    this.#hello = hello;
    this.helloMS = helloMS;
  }

  /**
   * The reply to the handshake as the server sent it, for the first who asks: an idle connection does not keep some
   * kilobytes that nobody reads any more.
   */
  takeHello(): Document {
    const hello = this.#hello ?? {};
    this.#hello = undefined;
    return hello;
  }

  /**
   * Encodes and sends a command and waits for its reply, whatever its `ok`. Rejects with `InvalidDocument` before
   * anything is sent, and the connection stays usable; with the error of the deadline or the reason of its signal, and
   * `lateReply` tells when it is usable again; with a `ConnectionFailure`, and the connection is closed.
   */
  command(
    command: Command,
    options: CommandOptions & { readonly noReply?: false | undefined },
  ): Promise<Reply>;
  command(command: Command, options: CommandOptions): Promise<Reply | undefined>;
  command(command: Command, options: CommandOptions): Promise<Reply | undefined> {
    return new Promise((resolve, reject) => {
      const { deadline } = options;
      if (!this.#mayStart(deadline, reject)) return;
      const requestId = nextRequestId();
      const documentsEncoded = this.#encode(requestId, command, options);
      if (!this.#isInTime(deadline, options.roundTrip, reject)) return;
      options.onEncoded?.(documentsEncoded);
      const waiting = waitingFor(options);
      this.#limit.patienceMS = options.awaitsMS ?? 0;
      if (this.#monitor?.isHeard === true) {
        const { operationId } = options;
        const handshake = this.#phase !== 'in-use';
        this.#monitor.start(
          { command, additions: options, requestId, operationId, handshake, documentsEncoded },
          () => this.#send(requestId, waiting, deadline, resolve, reject),
        );
      } else {
        this.#send(requestId, waiting, deadline, resolve, reject);
      }
    });
  }

  /** The first message of a connection where the server's version is not known: OP_QUERY, not monitored. */
  legacyHello(body: Readonly<Record<string, unknown>>, deadline: Deadline): Promise<Reply> {
    return new Promise<Reply | undefined>((resolve, reject) => {
      if (!this.#mayStart(deadline, reject)) return;
      const requestId = nextRequestId();
      this.#writer.encodeLegacyHello(requestId, body);
      this.#send(requestId, LEGACY_REPLY, deadline, resolve, reject);
    }) as Promise<Reply>;
  }

  /** A command that no operation asked for, as hello and pings of idle connections: listeners are not told of it. */
  unmonitoredCommand(command: Command, deadline: Deadline): Promise<Reply> {
    return new Promise<Reply | undefined>((resolve, reject) => {
      if (!this.#mayStart(deadline, reject)) return;
      const requestId = nextRequestId();
      this.#encode(requestId, command, { deadline });
      this.#send(requestId, REPLY, deadline, resolve, reject);
    }) as Promise<Reply>;
  }

  /** The next reply of a request that was sent with `exhaust` and whose last reply had `moreToCome`. */
  nextReply(deadline: Deadline): Promise<Reply> {
    return new Promise<Reply | undefined>((resolve, reject) => {
      const unread = this.#unread.shift();
      if (unread !== undefined) {
        resolve(unread);
        if (this.#unread.length === 0) this.#transport.resume();
        return;
      }
      if (this.#waiting !== STREAM || this.#resolve !== undefined) {
        reject(
          this.#closeReason ??
            new InvalidOperation('The server has no further reply to send on this connection'),
        );
        return;
      }
      const over = deadlineFailure(deadline, this.#runtime);
      if (over !== undefined) {
        this.#fail(over.reason);
        reject(over.reason);
        return;
      }
      this.#await(deadline, resolve, reject);
    }) as Promise<Reply>;
  }

  /** Closes the stream at once. A pending request rejects with `reason`. */
  destroy(reason?: Error): void {
    if (this.#closed) return;
    this.#onCloseByItself = undefined;
    this.#fail(
      reason ?? new AutoReconnect(`The connection to ${this.address} was closed`, this.#facts(undefined)),
    );
  }

  /** A request that may not start leaves the connection as it is. */
  #mayStart(deadline: Deadline, reject: (reason: unknown) => void): boolean {
    if (this.#closed) {
      const options = { ...this.#facts(this.#closeReason), bytesSent: 'none' as const };
      reject(new AutoReconnect(`The connection to ${this.address} is closed`, options));
      return false;
    }
    if (this.busy) {
      reject(new InvalidOperation('This connection is still waiting for the reply to an earlier request'));
      return false;
    }
    const over = deadlineFailure(deadline, this.#runtime, 'before the request was sent');
    if (over !== undefined) reject(over.reason);
    return over === undefined;
  }

  /** Encoding may have taken a while; a request whose answer would come too late is not sent. */
  #isInTime(
    deadline: Deadline,
    roundTrip: RoundTrip | undefined,
    reject: (reason: unknown) => void,
  ): boolean {
    if (deadline.expiresAt === Infinity) return true;
    readClock(this.#runtime);
    if (deadline.expiresAt - clock.now > (roundTrip?.minRoundTripTime ?? 0)) return true;
    reject(deadline.timeoutError(`before the request was sent to ${this.address}`));
    return false;
  }

  #encode(requestId: number, command: Command, options: CommandOptions): number {
    return this.#writer.encode(requestId, command, {
      limits: this.#description,
      additions: options,
      codecOptions: options.codecOptions,
      moreToCome: options.noReply,
      exhaustAllowed: options.exhaust,
    });
  }

  #send(
    requestId: number,
    waiting: Waiting,
    deadline: Deadline,
    resolve: (reply: Reply | undefined) => void,
    reject: (reason: unknown) => void,
  ): void {
    this.#waiting = waiting;
    this.#expectedResponseTo = requestId;
    this.#await(deadline, resolve, reject);
    this.#writer.send();
    // A listener of `commandStarted` may have aborted it: an event that is over is not heard of again.
    if (deadline.signal?.aborted === true && this.#resolve === resolve) this.#limit.handleEvent();
  }

  #await(
    deadline: Deadline,
    resolve: (reply: Reply | undefined) => void,
    reject: (reason: unknown) => void,
  ): void {
    this.#resolve = resolve;
    this.#reject = reject;
    if (!this.#background) this.#transport.hold(true);
    this.#limit.start(deadline);
  }

  /** Takes the ends of the pending promise; the connection waits for nothing from here on. */
  #settle(): void {
    this.#resolve = undefined;
    this.#reject = undefined;
    this.#limit.stop();
    if (!this.#background) this.#transport.hold(false);
  }

  /** The system has taken a request. A failed write closes the stream, which says so by itself. */
  #onFlushed(error: Error | null | undefined): void {
    if (error != null) return;
    this.#writer.flushed();
    if (this.#closed) return;
    this.#limit.noteActivity();
    if (this.#waiting === FLUSH && this.#writer.isFlushed) this.#finish(undefined);
  }

  #onData(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#limit.noteActivity();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#fail(new ProtocolError(`${this.address}: ${message}`, this.#facts(error)));
    }
  }

  #onFrame(frame: Uint8Array): void {
    if (this.#closed) return;
    const waiting = this.#waiting;
    const reply = readReply(frame, waiting === LEGACY_REPLY);
    if (waiting === IDLE || waiting === FLUSH) {
      throw new ProtocolError('The server sent a message that nobody asked for');
    }
    if (reply.responseTo !== this.#expectedResponseTo) {
      throw new ProtocolError(
        `The server sent a reply to ${String(reply.responseTo)} where ${String(this.#expectedResponseTo)} was asked`,
      );
    }
    if (reply.moreToCome && waiting !== FIRST_REPLY && waiting !== STREAM) {
      throw new ProtocolError('The server announces further replies to a request that asks for one');
    }
    this.#writer.bytesSent = 'some';
    this.#finish(reply);
  }

  /** A request has its answer: passes it on and makes ready for what follows. */
  #finish(reply: Reply | undefined): void {
    const resolve = this.#resolve;
    if (reply?.moreToCome === true) {
      this.#waiting = STREAM;
      this.#expectedResponseTo = reply.requestId;
    } else {
      this.#waiting = IDLE;
    }
    if (this.#monitor?.isPending === true) this.#monitor.replied(reply);
    if (this.#late !== undefined) {
      this.#throwAway(reply);
      return;
    }
    if (resolve === undefined) {
      if (this.#unread.push(reply as Reply) === 1) this.#transport.pause();
      return;
    }
    this.#settle();
    resolve(reply);
  }

  /**
   * Whoever waits is told at once. The server answers all the same: on a connection of the pool that answer is read and
   * thrown away, so that the connection can serve others; everywhere else the stream is destroyed.
   */
  #giveUp(reason: unknown): void {
    const reject = this.#reject;
    const answers = this.#waiting === REPLY || this.#waiting === FLUSH;
    if (reject === undefined || !answers || this.#phase !== 'in-use' || this.#background) {
      this.#fail(reason);
      return;
    }
    this.#settle();
    this.#late = deferred<Reply | undefined>();
    this.#limit.start(deadlineAfter(this.#runtime, LATE_REPLY_LIMIT_MS));
    if (this.#monitor?.isPending === true) this.#monitor.failed(reason);
    reject(reason);
  }

  /** The late reply has come, or the message of an unacknowledged write is on its way at last. */
  #throwAway(reply: Reply | undefined): void {
    const late = this.#late;
    this.#late = undefined;
    this.#limit.stop();
    late?.resolve(reply);
  }

  /** Destroys the stream and rejects what is awaited. */
  #fail(reason: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeReason =
      reason instanceof Error ? reason : new AutoReconnect('The operation was aborted', this.#facts(reason));
    this.#waiting = IDLE;
    this.#unread = [];
    this.#limit.close();
    this.#transport.destroy();
    const reject = this.#reject;
    if (this.#late !== undefined) {
      this.#late.resolve(undefined);
      this.#late = undefined;
      return;
    }
    if (reject === undefined) {
      this.#onCloseByItself?.();
      return;
    }
    this.#settle();
    if (this.#monitor?.isPending === true) this.#monitor.failed(reason);
    reject(reason);
  }

  #onClose(error: Error | undefined): void {
    const detail = error === undefined ? '' : `: ${error.message}`;
    this.#fail(new AutoReconnect(`The connection to ${this.address} was lost${detail}`, this.#facts(error)));
  }

  #silenceError(silenceMS: number): NetworkTimeout {
    const message = `No reply from ${this.address} within ${String(silenceMS)} ms (socketTimeoutMS)`;
    return new NetworkTimeout(message, this.#facts(undefined));
  }

  #facts(cause: unknown): ConnectionFailureOptions {
    return {
      address: this.address,
      phase: this.#phase,
      bytesSent: this.#writer.bytesSent,
      ...(cause !== undefined && { cause }),
    };
  }
}
