import * as net from 'node:net';
import { once } from 'node:events';
import { FrameReader } from '../../lib/wire/frame-reader.js';

/** What becomes of one message: bytes to pass on (as several chunks where it is a list), or the end of the stream. */
export type Tampered = Uint8Array | readonly Uint8Array[] | 'drop' | 'close';

export interface TamperingProxyOptions {
  readonly port: number;
  /**
   * Sees each message from the server, counted from 0 over all connections. Default: passes it on. Messages that are to
   * be passed on later do not keep the ones behind them waiting.
   */
  readonly toClient?: (message: Buffer, index: number) => Tampered | Promise<Tampered>;
  /** The same for messages from the client. */
  readonly toServer?: (message: Buffer, index: number) => Tampered | Promise<Tampered>;
}

export interface TamperingProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** Stands between a client and a server on loopback and swaps, cuts, corrupts or loses whole messages. */
export const startTamperingProxy = async (options: TamperingProxyOptions): Promise<TamperingProxy> => {
  const sockets = new Set<net.Socket>();
  const counts = { toClient: 0, toServer: 0 };

  const pass = (from: net.Socket, to: net.Socket, direction: 'toClient' | 'toServer'): void => {
    const tamper = options[direction];
    const passOn = (result: Tampered): void => {
      if (result === 'drop' || to.destroyed) return;
      if (result === 'close') {
        to.destroy();
        return;
      }
      for (const chunk of result instanceof Uint8Array ? [result] : result) to.write(chunk);
    };
    const onMessage = (frame: Uint8Array): void => {
      const message = Buffer.from(frame);
      const result = tamper?.(message, counts[direction]++) ?? message;
      if (result instanceof Promise) void result.then(passOn);
      else passOn(result);
    };
    const reader = new FrameReader(onMessage, 48_000_000);
    from.on('data', (chunk: Buffer) => {
      reader.push(chunk);
    });
    from.on('close', () => to.destroy());
    from.on('error', () => to.destroy());
    sockets.add(from);
  };

  const listener = net.createServer((client) => {
    const server = net.connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    pass(client, server, 'toServer');
    pass(server, client, 'toClient');
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as net.AddressInfo).port,
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
