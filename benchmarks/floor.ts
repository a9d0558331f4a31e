import * as net from 'node:net';
import { serialize } from 'bson';
import type { RoundResult } from './worker.js';

/** What each network task asks for, at the least: one prebuilt request and the bytes of its reply. */
const REQUESTS: Readonly<Record<string, Record<string, unknown>>> = {
  ping: { ping: 1, $db: 'admin' },
  findOne: { find: 'one', filter: { _id: 0 }, limit: 1, singleBatch: true, $db: 'bench' },
};

const frame = (body: Record<string, unknown>): Buffer => {
  const bson = serialize(body);
  const out = Buffer.alloc(21 + bson.length);
  out.writeInt32LE(out.length, 0);
  out.writeInt32LE(2013, 12);
  out.set(bson, 21);
  return out;
};

/**
 * The same exchange on a bare `node:net` socket: no encoding, no decoding, no pool. Nothing built on Node's sockets
 * can be cheaper. Null for tasks that are not one small exchange.
 */
export const measureFloor = async (task: string, port: number): Promise<RoundResult | null> => {
  const body = REQUESTS[task];
  if (body === undefined) return null;
  const request = frame(body);
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  let resolve: () => void = () => undefined;
  let missing = 0;
  socket.on('data', (chunk: Buffer) => {
    if (missing === 0) missing = chunk.readInt32LE(0);
    missing -= chunk.length;
    if (missing === 0) resolve();
  });
  const exchange = (): Promise<void> =>
    new Promise((done) => {
      resolve = done;
      socket.write(request);
    });
  for (let i = 0; i < 2000; i++) await exchange();
  const calls = 5000;
  const cpu = process.cpuUsage();
  const wall = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) await exchange();
  const wallUs = Number(process.hrtime.bigint() - wall) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  socket.destroy();
  return { cpuUs: (user + system) / calls, wallUs: wallUs / calls };
};
