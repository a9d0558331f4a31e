import type { Transport, TransportHandlers } from '../../../lib/core/runtime.js';
import type { Receiver } from './receiver.js';
import type { Route } from './route.js';
import type { WireWatch } from './wire-watch.js';

/** What a system takes from a process before the other side has it. */
const SEND_BUFFER = 256 * 1024;

const resetError = (): Error =>
  Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104, syscall: 'read' });

/** Its reactions cost less than `queueMicrotask`, which makes an AsyncResource for each. */
const FLUSHED = Promise.resolve(null);

type Flushed = (error: Error | null | undefined) => void;

/** One direction of a stream. What is put in comes out in order, or not at all. */
class Pipe {
  readonly #route: Route;
  readonly #to: End;
  readonly #underway: (() => void)[] = [];
  #lastArrival = 0;
  /** Bytes that still get through; then the stream breaks. */
  #left = Infinity;
  #isLost = false;
  inFlight = 0;

  constructor(route: Route, to: End) {
    this.#route = route;
    this.#to = to;
  }

  /** Everything vanishes from here on: the other side went away without a word. */
  lose(): void {
    this.#isLost = true;
  }

  breakAfter(bytes: number): void {
    this.#left = bytes;
  }

  send(bytes: Uint8Array, onBreak: () => void, onArrived?: () => void): void {
    this.inFlight += bytes.length;
    this.#carry(() => {
      this.inFlight -= bytes.length;
      if (this.#isLost) return;
      onArrived?.();
      if (bytes.length <= this.#left) {
        this.#left -= bytes.length;
        this.#to.receive(bytes, true);
        return;
      }
      const part = bytes.subarray(0, this.#left);
      this.#left = 0;
      if (part.length > 0) this.#to.receive(part, false);
      onBreak();
    });
  }

  close(error: Error | undefined): void {
    this.#carry(() => {
      if (!this.#isLost) this.#to.closedByPeer(error);
    });
  }

  /** Whatever arrives first, what was sent first comes out. */
  #carry(deliver: () => void): void {
    this.#lastArrival = Math.max(this.#lastArrival, this.#route.arrival());
    this.#underway.push(deliver);
    this.#route.carry(this.#lastArrival, () => this.#underway.shift()?.());
  }
}

/** One end of a stream, as its process holds it. */
class End implements Transport {
  readonly remoteAddress: string;
  readonly #process: Receiver;
  readonly #stream: VirtualStream;
  readonly #watch: WireWatch | undefined;
  #handlers: TransportHandlers | undefined;
  #unread: (() => void)[] = [];
  #paused = false;
  #ending = false;
  #closed = false;
  #error: Error | undefined;

  constructor(process: Receiver, stream: VirtualStream, remoteAddress: string, watch: WireWatch | undefined) {
    this.#process = process;
    this.#stream = stream;
    this.remoteAddress = remoteAddress;
    this.#watch = watch;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    if (this.#closed) queueMicrotask(() => handlers.onClose(this.#error));
    else this.#readOn();
  }

  write(bytes: Uint8Array, onFlushed?: Flushed): boolean {
    if (this.#closed || this.#ending) {
      const error = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' });
      queueMicrotask(() => onFlushed?.(error));
      return false;
    }
    this.#watch?.sent(bytes);
    const pipe = this.#stream.pipeFrom(this);
    const hasRoom = pipe.inFlight < SEND_BUFFER;
    pipe.send(
      Buffer.from(bytes),
      () => this.#stream.reset(),
      hasRoom ? undefined : () => this.#process.receive(() => onFlushed?.(this.#closed ? this.#error : null)),
    );
    if (hasRoom && onFlushed !== undefined) void FLUSHED.then(onFlushed);
    return hasRoom;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#stream.route.time.immediately(() => this.#process.receive(() => this.#readOn()));
  }

  hold(): void {
    // Nothing here keeps a real process alive.
  }

  end(): void {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    this.#stream.pipeFrom(this).close(undefined);
  }

  destroy(error?: Error): void {
    if (this.#closed) return;
    this.#stream.pipeFrom(this).close(error === undefined ? undefined : resetError());
    this.#close(error);
  }

  /** Bytes have arrived; `whole` unless they are the first part of what the stream broke in. */
  receive(bytes: Uint8Array, whole: boolean): void {
    this.#process.receive(() => {
      this.#read(() => {
        if (whole) this.#watch?.received(bytes);
        this.#handlers?.onData(bytes);
      });
    });
  }

  closedByPeer(error: Error | undefined): void {
    this.#process.receive(() => {
      this.#read(() => {
        if (!this.#ending && error === undefined) this.#stream.pipeFrom(this).close(undefined);
        this.#close(error);
      });
    });
  }

  /** The machine is gone, and its process with it: nobody is told. */
  vanish(): void {
    this.#close(undefined);
  }

  #read(step: () => void): void {
    if (this.#closed) return;
    if (this.#handlers === undefined || this.#paused || this.#unread.length > 0) this.#unread.push(step);
    else step();
  }

  #readOn(): void {
    while (!this.#closed && !this.#paused) {
      const step = this.#unread.shift();
      if (step === undefined) return;
      step();
    }
  }

  #close(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    this.#unread = [];
    this.#stream.endClosed();
    queueMicrotask(() => this.#handlers?.onClose(error));
  }
}

/** One TCP connection: two ends and what is on the way between them. */
export class VirtualStream {
  readonly route: Route;
  readonly client: End;
  readonly server: End;
  readonly #toClient: Pipe;
  readonly #toServer: Pipe;

  constructor(
    route: Route,
    client: { readonly process: Receiver; readonly address: string },
    server: { readonly process: Receiver; readonly address: string },
    watch: WireWatch | undefined,
  ) {
    this.route = route;
    this.client = new End(client.process, this, server.address, watch);
    this.server = new End(server.process, this, client.address, undefined);
    this.#toClient = new Pipe(route, this.client);
    this.#toServer = new Pipe(route, this.server);
    route.streams.add(this);
  }

  pipeFrom(end: End): Pipe {
    return end === this.client ? this.#toServer : this.#toClient;
  }

  /** Both sides are told that the connection is gone. */
  reset(): void {
    this.client.closedByPeer(resetError());
    this.server.closedByPeer(resetError());
  }

  /** The server's side vanishes: what the client sends is never answered. */
  loseServer(): void {
    this.#toServer.lose();
    this.#toClient.lose();
    this.server.vanish();
  }

  /** The server gets what is sent, but the client never hears of it. */
  loseReplies(): void {
    this.#toClient.lose();
  }

  /** After this many more bytes to that side the connection breaks. */
  cut(side: 'client' | 'server', afterBytes: number): void {
    (side === 'client' ? this.#toClient : this.#toServer).breakAfter(afterBytes);
  }

  endClosed(): void {
    if (this.client.isClosed && this.server.isClosed) this.route.streams.delete(this);
  }
}
