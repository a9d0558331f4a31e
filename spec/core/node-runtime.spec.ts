import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';
import { deferred } from '../../lib/core/deferred.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import type { ConnectErrorPhase, Listener, ListenOptions, Transport } from '../../lib/core/runtime.js';
import { createCertificateAuthority } from '../support/certificates.js';
import { rejectionOf } from '../support/open-test-connection.js';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const listen = async (options: ListenOptions): Promise<Listener> => {
  const listener = await nodeRuntime.listen(options);
  closers.push(() => listener.close());
  return listener;
};

const connect = async (port: number): Promise<Transport> => {
  const transport = await nodeRuntime.connect({ host: '127.0.0.1', port });
  closers.push(() => transport.destroy());
  return transport;
};

const received = (transport: Transport, size: number): Promise<Buffer> =>
  new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    transport.start({
      onData: (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        if (bytes.length >= size) resolve(bytes);
      },
      onClose: () => undefined,
    });
  });

const echo = (transport: Transport): void =>
  transport.start({ onData: (chunk) => transport.write(Buffer.from(chunk)), onClose: () => undefined });

describe('transports', () => {
  it('carry bytes both ways', async () => {
    const { port } = await listen({ onConnection: echo });
    const transport = await connect(port);
    const answer = received(transport, 5);
    transport.write(Buffer.from('hello'));
    expect((await answer).toString()).toBe('hello');
    expect(transport.remoteAddress).toBe(`127.0.0.1:${String(port)}`);
  });

  it('keep what arrives before they are started', async () => {
    const { port } = await listen({ onConnection: (server) => server.write(Buffer.from('early')) });
    const transport = await connect(port);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await received(transport, 5)).toString()).toBe('early');
  });

  it('keep their bytes apart, though all read into one buffer', async () => {
    const { port } = await listen({ onConnection: echo });
    const size = 300_000;
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const transport = await connect(port);
        const answer = received(transport, size);
        transport.write(Buffer.alloc(size, index + 1));
        return answer;
      }),
    );
    answers.forEach((answer, index) => expect(answer.equals(Buffer.alloc(size, index + 1))).toBe(true));
  });

  it('stop reading while they are paused', async () => {
    const { port } = await listen({ onConnection: echo });
    const transport = await connect(port);
    let size = 0;
    transport.start({ onData: (chunk) => (size += chunk.length), onClose: () => undefined });
    transport.pause();
    transport.write(Buffer.alloc(1000));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(size).toBe(0);
    transport.resume();
    while (size < 1000) await new Promise((resolve) => setImmediate(resolve));
  });

  it('tell the end by the other side, once', async () => {
    const { port } = await listen({ onConnection: (server) => server.end() });
    const transport = await connect(port);
    const onClose = jest.fn<(error: Error | undefined) => void>();
    await new Promise<void>((resolve) => {
      onClose.mockImplementation(() => resolve());
      transport.start({ onData: () => undefined, onClose });
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(onClose.mock.calls).toEqual([[undefined]]);
  });

  it('tell the end that came before they were started', async () => {
    const { port } = await listen({ onConnection: (server) => server.destroy() });
    const transport = await connect(port);
    transport.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise<void>((resolve) =>
      transport.start({ onData: () => undefined, onClose: () => resolve() }),
    );
  });

  it('tell when the system has taken what was written, after write has returned', async () => {
    const { port } = await listen({ onConnection: echo });
    const transport = await connect(port);
    let returned = false;
    const flushed = new Promise<boolean>((resolve) => {
      transport.write(Buffer.from('x'), () => resolve(returned));
      returned = true;
    });
    expect(await flushed).toBe(true);
  });
});

describe('connect', () => {
  it('[CONN-11] tries the addresses of a name in turn', async () => {
    const { port } = await listen({ host: '127.0.0.1', onConnection: echo });
    const phases: ConnectErrorPhase[] = [];
    const transport = await nodeRuntime.connect({
      host: 'localhost',
      port,
      onPhase: (phase) => phases.push(phase),
    });
    transport.destroy();
    expect(phases).toEqual(['dns', 'tcp']);
  });

  it('names the phase of a failure', async () => {
    expect(await rejectionOf(nodeRuntime.connect({ host: 'no-such-host.invalid', port: 1 }))).toMatchObject({
      phase: 'dns',
    });
    expect(await rejectionOf(nodeRuntime.connect({ host: '127.0.0.1', port: 1 }))).toMatchObject({
      phase: 'tcp',
    });
    const error = await rejectionOf(nodeRuntime.connect({ host: 'localhost', port: 1 }));
    expect(error).toMatchObject({ phase: 'tcp', message: expect.stringContaining('ECONNREFUSED') });
  });

  it('opens nothing where certificate and key cannot be used', async () => {
    const onConnection = jest.fn<ListenOptions['onConnection']>();
    const { port } = await listen({ onConnection });
    const weak = createCertificateAuthority().issue({ commonName: 'weak', rsaBits: 512 });
    const error = await rejectionOf(
      nodeRuntime.connect({ host: '127.0.0.1', port, tls: { cert: weak.cert, key: weak.key } }),
    );
    expect(error).toMatchObject({ phase: 'tls', message: expect.stringContaining('too small') });
    // A later connection is seen: an earlier one would have been before it.
    await connect(port);
    while (onConnection.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(onConnection).toHaveBeenCalledTimes(1);
  });

  it('leaves no stream open where the TLS handshake cannot begin', async () => {
    const closed = deferred<void>();
    const { port } = await listen({
      onConnection: (server) => server.start({ onData: () => undefined, onClose: () => closed.resolve() }),
    });
    const tls = { servername: 5 as unknown as string };
    const error = await rejectionOf(nodeRuntime.connect({ host: '127.0.0.1', port, tls }));
    expect(error).toMatchObject({ phase: 'tls' });
    await closed.promise;
  });

  it('ends with the reason of an abort', async () => {
    const { port } = await listen({
      onConnection: (server) => server.start({ onData: () => undefined, onClose: () => undefined }),
    });
    const reason = new Error('no');
    const signal = AbortSignal.abort(reason);
    expect(await rejectionOf(nodeRuntime.connect({ host: '127.0.0.1', port, signal }))).toBe(reason);
    // A TLS handshake that never comes to an end.
    const controller = new AbortController();
    const onPhase = (phase: ConnectErrorPhase): void => {
      if (phase === 'tls') setImmediate(() => controller.abort(reason));
    };
    const target = { host: '127.0.0.1', port, tls: {}, signal: controller.signal, onPhase };
    expect(await rejectionOf(nodeRuntime.connect(target))).toBe(reason);
  });
});

describe('dns', () => {
  const before = dns.getServers();
  afterEach(() => dns.setServers(before));

  it('asks the name servers of the process, until the signal', async () => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    closers.push(() => void silent.close());
    dns.setServers([`127.0.0.1:${String(silent.address().port)}`]);
    const stop = new AbortController();
    const query = rejectionOf(nodeRuntime.dns.resolveSrv('_mongodb._tcp.c.example.com', stop.signal));
    await once(silent, 'message');
    stop.abort();
    expect(await query).toMatchObject({ code: 'ECANCELLED' });
    expect(await rejectionOf(nodeRuntime.dns.resolveTxt('c.example.com', stop.signal))).toBe(
      stop.signal.reason,
    );
  });
});

describe('setTimer', () => {
  it('runs once, and not at all once it is cleared', async () => {
    const callback = jest.fn();
    nodeRuntime.setTimer(5, callback);
    nodeRuntime.setTimer(5, () => callback('cleared')).clear();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(callback.mock.calls).toEqual([[]]);
  });

  it('[TIME-8] does not fire early beyond the longest timer of the platform', async () => {
    const callback = jest.fn();
    const timer = nodeRuntime.setTimer(2 ** 32, callback);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(callback).not.toHaveBeenCalled();
    timer.clear();
  });

  it('[TIME-8] re-arms until the time has come', () => {
    jest.useFakeTimers();
    try {
      const callback = jest.fn();
      nodeRuntime.setTimer(2 ** 32, callback);
      jest.advanceTimersByTime(2 ** 32 - 1);
      expect(callback).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(callback).toHaveBeenCalledTimes(1);
    } finally {
      jest.useRealTimers();
    }
  });
});
