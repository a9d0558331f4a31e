import type { Transport } from '../core/runtime.js';
import { ClientState } from './client-state.js';
import type { Cluster } from './cluster.js';
import { CommandError } from './command-error.js';
import { dispatch, type Outcome } from './dispatch/dispatcher.js';
import { asCommandError } from './dispatch/reply-fields.js';
import { compressFrame, decompressFrame } from './net/compression.js';
import { FrameReader } from './net/frame-reader.js';
import { parseMessage, type Message } from './net/message.js';
import { OP_COMPRESSED } from './net/opcodes.js';
import { encodeReply } from './net/reply-writer.js';
import { readBody } from './net/request.js';
import type { Doc } from './query/value.js';
import type { MemberState } from './replication/member-state.js';

/** Requests that may wait behind the running one before reading stops. */
const MOST_WAITING = 16;

/** One client's socket: takes its requests in order and writes what becomes of them. */
export class ClientConnection {
  readonly state: ClientState;
  readonly #cluster: Cluster;
  readonly #member: MemberState;
  readonly #transport: Transport;
  readonly #waiting: Buffer[] = [];
  #busy = false;
  #paused = false;
  #nextRequestId = 1;

  /** `balanced`: it comes through a load balancer. */
  constructor(cluster: Cluster, member: MemberState, transport: Transport, balanced: boolean) {
    this.#cluster = cluster;
    this.#member = member;
    this.#transport = transport;
    this.state = new ClientState(cluster.nextConnectionId(), transport.remoteAddress, balanced, () =>
      transport.destroy(),
    );
    member.connections.add(this.state);
    member.connectionsCreated += 1;
  }

  /** Begins to read. */
  start(): void {
    const reader = new FrameReader((frame) => this.#accept(frame));
    this.#transport.start({
      onData: (chunk) => {
        try {
          reader.push(chunk);
        } catch (error) {
          this.#transport.destroy(error as Error);
        }
      },
      onClose: () => {
        this.#waiting.length = 0;
        this.#member.connections.delete(this.state);
        this.state.closedNow();
      },
    });
  }

  #accept(frame: Buffer): void {
    if (!this.#busy && !this.#member.frozen) {
      this.#handle(frame);
      return;
    }
    if (!this.#busy && this.#waiting.length === 0) this.#member.onceThawed(() => this.#next());
    this.#waiting.push(frame);
    if (this.#waiting.length >= MOST_WAITING && !this.#paused) {
      this.#paused = true;
      this.#transport.pause();
    }
  }

  #handle(received: Buffer): void {
    let message: Message;
    let body: Doc;
    let compressorId: number | undefined;
    try {
      let frame = received;
      if (frame.readInt32LE(12) === OP_COMPRESSED) ({ frame, compressorId } = decompressFrame(frame));
      message = parseMessage(frame);
      body = readBody(message);
    } catch (error) {
      this.#refuse(received, error);
      return;
    }
    this.#busy = true;
    this.#run(message, body, message.requestId, compressorId);
  }

  /** A message that cannot be read: says why, where the client can still be told, and closes. */
  #refuse(received: Buffer, thrown: unknown): void {
    const error = thrown instanceof CommandError ? thrown : asProtocolError(thrown);
    const { message: errmsg, code, codeName } = error;
    const frame = { ...PLAIN, requestId: this.#nextRequestId++, responseTo: received.readInt32LE(4) };
    this.#transport.write(encodeReply({ ok: 0, errmsg, code, codeName }, frame));
    this.#transport.end();
  }

  #run(message: Message, body: Doc, responseTo: number, compressorId: number | undefined): void {
    const outcome = dispatch(this.#cluster, this.#member, this.state, message, body);
    if (!(outcome instanceof Promise)) {
      this.#answer(message, outcome, responseTo, compressorId);
      return;
    }
    outcome
      .then((settled) => this.#answer(message, settled, responseTo, compressorId))
      .catch((error: unknown) => this.#transport.destroy(asCommandError(error)));
  }

  #answer(
    message: Message,
    outcome: Outcome | undefined,
    responseTo: number,
    compressorId: number | undefined,
  ): void {
    if (this.state.closed) return;
    if (this.#member.frozen) {
      this.#member.onceThawed(() => this.#answer(message, outcome, responseTo, compressorId));
      return;
    }
    if (outcome === undefined || message.moreToCome) {
      this.#next();
      return;
    }
    const { reply, again } = outcome;
    const requestId = this.#nextRequestId++;
    let frame = encodeReply(reply, {
      requestId,
      responseTo,
      legacy: message.legacy,
      moreToCome: again !== undefined,
      checksum: message.checksum,
    });
    if (compressorId !== undefined) frame = compressFrame(frame, compressorId);
    if (again === undefined) {
      this.#transport.write(frame);
      this.#next();
      return;
    }
    // The stream goes on once its last reply is on its way: a slow reader holds it up instead of filling the memory.
    this.#transport.write(frame, () => {
      if (!this.state.closed) this.#run(message, again, requestId, compressorId);
    });
  }

  #next(): void {
    this.#busy = false;
    const frame = this.#waiting.shift();
    if (this.#paused && this.#waiting.length === 0) {
      this.#paused = false;
      this.#transport.resume();
    }
    if (frame !== undefined && !this.state.closed) this.#handle(frame);
  }
}

const PLAIN = { legacy: false, moreToCome: false, checksum: false } as const;

const asProtocolError = (thrown: unknown): CommandError =>
  new CommandError('ProtocolError', thrown instanceof Error ? thrown.message : String(thrown));
