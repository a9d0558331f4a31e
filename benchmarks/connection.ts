/**
 * Round trips of one connection: `npx tsx benchmarks/connection.ts [rounds]`. The server is a process of its own that
 * answers from prebuilt buffers; the cases take turns, and each figure is the median of the rounds. The bare sockets
 * are what Node itself costs: with the 'data' event, and reading into one buffer (`onread`) as the driver does.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as net from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serialize } from 'bson';
import { clientMetadata } from '../lib/connection/client-metadata.js';
import type { CommandEvents } from '../lib/connection/command-events.js';
import { openConnection } from '../lib/connection/open-connection.js';
import { deadlineAfter, NO_DEADLINE } from '../lib/core/deadline.js';
import { EventHub } from '../lib/core/event-hub.js';
import { nodeRuntime } from '../lib/core/node-runtime.js';
import { HostAddress } from '../lib/options/host-address.js';

const ROUNDS = Number(process.argv[2] ?? 15);
const CALLS = 4000;

const child = spawn(
  process.execPath,
  ['--import', 'tsx', fileURLToPath(new URL('reply-server.ts', import.meta.url))],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
const port = Number(line);

const pingMessage = (): Buffer => {
  const bson = serialize({ ping: 1, $db: 'admin' });
  const out = Buffer.alloc(21 + bson.length);
  out.writeInt32LE(out.length, 0);
  out.writeInt32LE(2013, 12);
  out.set(bson, 21);
  return out;
};

const bareSocket = async (onread: boolean): Promise<() => Promise<void>> => {
  const request = pingMessage();
  let missing = 0;
  let resolve: () => void = () => undefined;
  const receive = (size: number, chunk: Uint8Array): void => {
    if (missing === 0) missing = new DataView(chunk.buffer, chunk.byteOffset).getInt32(0, true);
    missing -= size;
    if (missing === 0) resolve();
  };
  const socket = net.connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    ...(onread && {
      onread: {
        buffer: Buffer.alloc(65536),
        callback: (size, chunk) => {
          receive(size, chunk);
          return true;
        },
      },
    }),
  });
  await once(socket, 'connect');
  if (!onread) socket.on('data', (chunk: Buffer) => receive(chunk.length, chunk));
  return () =>
    new Promise((done) => {
      resolve = done;
      socket.write(request);
    });
};

const open = (options: { socketTimeoutMS?: number; events?: EventHub<CommandEvents> } = {}) =>
  openConnection({
    runtime: nodeRuntime,
    address: HostAddress.tcp('127.0.0.1', port),
    id: 1,
    generation: 0,
    deadline: NO_DEADLINE,
    connectTimeoutMS: 5000,
    socketTimeoutMS: options.socketTimeoutMS ?? 0,
    metadata: clientMetadata(),
    events: options.events,
  });

const listening = new EventHub<CommandEvents>();
listening.on('commandSucceeded', () => undefined);

const plain = await open();
const limited = await open({ socketTimeoutMS: 60_000 });
const monitored = await open({ events: listening });
const signal = new AbortController().signal;

const cases: Readonly<Record<string, () => Promise<unknown>>> = {
  "bare socket, 'data'": await bareSocket(false),
  'bare socket, onread': await bareSocket(true),
  'command ping': () =>
    plain.command({ name: 'ping', database: 'admin', body: { ping: 1 } }, { deadline: NO_DEADLINE }),
  'command ping, deadline and socketTimeoutMS': () =>
    limited.command(
      { name: 'ping', database: 'admin', body: { ping: 1 } },
      { deadline: deadlineAfter(nodeRuntime, 10_000) },
    ),
  'command ping, signal': () =>
    plain.command(
      { name: 'ping', database: 'admin', body: { ping: 1 } },
      { deadline: deadlineAfter(nodeRuntime, 10_000, signal) },
    ),
  'command ping, listener': () =>
    monitored.command({ name: 'ping', database: 'admin', body: { ping: 1 } }, { deadline: NO_DEADLINE }),
};

interface Figures {
  readonly user: number[];
  readonly total: number[];
  readonly wall: number[];
}

const figures = new Map<string, Figures>(
  Object.keys(cases).map((name) => [name, { user: [], total: [], wall: [] }]),
);
for (let round = -2; round < ROUNDS; round++) {
  for (const [name, call] of Object.entries(cases)) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    for (let index = 0; index < CALLS; index++) await call();
    const wall = ((performance.now() - start) * 1000) / CALLS;
    const { user, system } = process.cpuUsage(cpu);
    if (round < 0) continue;
    const figure = figures.get(name)!;
    figure.user.push(user / CALLS);
    figure.total.push((user + system) / CALLS);
    figure.wall.push(wall);
  }
}

const median = (values: readonly number[]): string =>
  ([...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN).toFixed(1).padStart(7);

console.log(
  `microseconds per round trip, median of ${String(ROUNDS)} rounds`.padEnd(48),
  '   user    CPU   wall',
);
for (const [name, { user, total, wall }] of figures) {
  console.log(name.padEnd(48), median(user), median(total), median(wall));
}
child.stdin.end();
process.exit(0);
