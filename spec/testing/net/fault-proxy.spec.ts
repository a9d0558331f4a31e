import * as net from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nodeRuntime } from '../../../lib/core/node-runtime.js';
import { FaultProxy } from '../../../lib/testing/net/fault-proxy.js';
import { eventually } from '../support/eventually.js';

describe('a fault proxy', () => {
  let server: net.Server;
  let accepted: net.Socket[];
  let proxy: FaultProxy;
  let clients: net.Socket[];

  beforeEach(async () => {
    accepted = [];
    clients = [];
    server = net.createServer((socket) => {
      accepted.push(socket);
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    proxy = await FaultProxy.listen({
      runtime: nodeRuntime,
      host: '127.0.0.1',
      target: () => ({ host: '127.0.0.1', port }),
    });
  });
  afterEach(async () => {
    for (const client of clients) client.destroy();
    await proxy.close();
    server.close();
  });

  const connect = async (): Promise<net.Socket> => {
    const client = net.connect({ host: '127.0.0.1', port: proxy.port });
    client.on('error', () => undefined);
    clients.push(client);
    await once(client, 'connect');
    return client;
  };

  const read = async (client: net.Socket, bytes: number): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    let size = 0;
    while (size < bytes) {
      const [chunk] = (await once(client, 'data')) as [Buffer];
      chunks.push(chunk);
      size += chunk.length;
    }
    return Buffer.concat(chunks);
  };

  it('passes bytes both ways, and an orderly end', async () => {
    const client = await connect();
    const sent = Buffer.alloc(3_000_000, 'abc');
    client.write(sent);
    expect((await read(client, sent.length)).equals(sent)).toBe(true);
    expect(proxy.connections).toBe(1);
    client.end();
    await once(client, 'close');
    await eventually(() => proxy.connections === 0);
  });

  it('delays', async () => {
    const client = await connect();
    proxy.setFaults({ toServer: { latencyMS: 30 }, toClient: { latencyMS: 20 } });
    const start = performance.now();
    client.write('x');
    await read(client, 1);
    expect(performance.now() - start).toBeGreaterThan(45);
  });

  it('is narrow', async () => {
    const client = await connect();
    proxy.setFaults({ toServer: { bytesPerSecond: 10_000 } });
    const start = performance.now();
    client.write(Buffer.alloc(1000));
    await read(client, 1000);
    expect(performance.now() - start).toBeGreaterThan(90);
  });

  it('swallows bytes and tells nobody, until it is healed', async () => {
    const client = await connect();
    proxy.setFaults({ toServer: { blackhole: true } });
    client.write('lost');
    await eventually(() => proxy.swallowedBytes === 4);
    proxy.setFaults({ toServer: { latencyMS: 20 } });
    client.write('seen');
    expect((await read(client, 4)).toString()).toBe('seen');
  });

  it('cuts a connection after a number of bytes', async () => {
    const client = await connect();
    proxy.setFaults({ toClient: { cutAfterBytes: 5 } });
    client.write('0123456789');
    expect((await read(client, 5)).toString()).toBe('01234');
    await once(client, 'close');
    await eventually(() => proxy.connections === 0);
  });

  it('resets connections', async () => {
    const client = await connect();
    client.write('x');
    await read(client, 1);
    proxy.reset();
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
  });

  it('leaves connections half open', async () => {
    const client = await connect();
    client.write('x');
    await read(client, 1);
    proxy.halfOpen();
    await once(accepted[0]!, 'close');
    let heard = false;
    client.on('data', () => (heard = true)).on('close', () => (heard = true));
    client.write('anybody there?');
    const second = await connect();
    second.write('y');
    await read(second, 1);
    expect(heard).toBe(false);
    client.destroy();
    await eventually(() => proxy.connections === 1);
  });

  it('refuses new connections', async () => {
    proxy.setFaults({ refuse: true });
    const client = await connect();
    await once(client, 'close');
    expect(accepted).toEqual([]);
  });
});
