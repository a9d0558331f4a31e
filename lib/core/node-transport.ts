import type * as net from 'node:net';
import type { Transport, TransportHandlers } from './runtime.js';

const READ_SIZE = 64 * 1024;

/**
 * All sockets read into one buffer: a read and its callback are one step of the event loop, and chunks are only lent.
 * Against a new buffer for each read and the stream machinery behind 'data', this saves a quarter of the user CPU
 * time of a small round trip. On Windows the system may keep a buffer between the two, so each socket has its own.
 */
const sharedBuffer = process.platform === 'win32' ? undefined : Buffer.allocUnsafeSlow(READ_SIZE);

/** Where a socket's bytes arrive, from before the socket exists: `onread` is an option of its creation. */
export class SocketInlet {
  #handlers: TransportHandlers | undefined;
  /** What came before the owner was there. */
  #early: Buffer[] | undefined;

  /** For the creation of the socket. */
  onread(): net.OnReadOpts {
    return {
      buffer: sharedBuffer ?? Buffer.allocUnsafeSlow(READ_SIZE),
      callback: (size, buffer) => {
        const chunk = buffer.subarray(0, size);
        if (this.#handlers === undefined) (this.#early ??= []).push(Buffer.from(chunk));
        else this.#handlers.onData(chunk);
        return true;
      },
    };
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    const early = this.#early;
    this.#early = undefined;
    for (const chunk of early ?? []) handlers.onData(chunk);
  }
}

/** A socket tells of its error once more when it has closed; without a listener the first time would end the process. */
export const ignoreError = (): void => undefined;

/** A `node:net` socket behind the members of `Transport`; whoever made it has put `ignoreError` on it. */
export class SocketTransport implements Transport {
  readonly #socket: net.Socket;
  readonly #inlet: SocketInlet | undefined;

  /** `inlet` is the one whose `onread` the socket was created with, if any. */
  constructor(socket: net.Socket, inlet: SocketInlet | undefined) {
    this.#socket = socket;
    this.#inlet = inlet;
  }

  start(handlers: TransportHandlers): void {
    const socket = this.#socket;
    if (socket.destroyed) {
      queueMicrotask(() => handlers.onClose(socket.errored ?? undefined));
      return;
    }
    socket.on('close', () => handlers.onClose(socket.errored ?? undefined));
    if (this.#inlet === undefined) socket.on('data', (chunk: Buffer) => handlers.onData(chunk));
    else this.#inlet.start(handlers);
  }

  get remoteAddress(): string {
    return `${this.#socket.remoteAddress ?? ''}:${String(this.#socket.remotePort ?? '')}`;
  }

  write(bytes: Uint8Array, onFlushed?: (error: Error | null | undefined) => void): boolean {
    return this.#socket.write(bytes, onFlushed);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  hold(held: boolean): void {
    if (held) this.#socket.ref();
    else this.#socket.unref();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }
}
