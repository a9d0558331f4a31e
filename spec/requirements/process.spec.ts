import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { MessageChannel, Worker } from 'node:worker_threads';
import ts from 'typescript';
import * as bson4 from 'bson4';
import * as bson5 from 'bson5';
import * as bson6 from 'bson6';
import { BSON as officialCopy } from 'mongodb';
import { ObjectId, type Document } from '../../lib/index.js';
import { scramServer } from '../support/scripted-server-scram.js';
import { cursorReply, type Answer, type ScriptedRequest } from '../support/scripted-server.js';
import { seededRandom } from '../support/seeded-random.js';
import { clientOf, closeAll, serverAndClient, startServer, warningsOf } from '../client/client-fixture.js';
import { documentsSent } from './raw-bson.js';
import { gate, pooledConnections } from './requirements-fixture.js';

afterEach(closeAll);

/** Where the package is built and installed, as users have it. */
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'asyncmongo-package-'));
  const installed = path.join(directory, 'node_modules', 'asyncmongo');
  await mkdir(installed, { recursive: true });
  await cp(path.join(ROOT, 'package.json'), path.join(installed, 'package.json'));
  await symlink(path.join(ROOT, 'node_modules'), path.join(installed, 'node_modules'));
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  // Types are checked elsewhere; here the files themselves matter.
  const flags = [
    '--noCheck',
    '--incremental',
    'false',
    '--tsBuildInfoFile',
    'null',
    '--sourceMap',
    'false',
    '--inlineSources',
    'false',
  ];
  const project = path.join(ROOT, 'tsconfig.build.json');
  const built = await run([tsc, '-p', project, '--outDir', path.join(installed, 'dist'), ...flags]);
  if (built.code !== 0) throw new Error(`The package cannot be built: ${built.stdout}`);
}, 300_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

const IDENTITY = `
  import { createRequire } from 'node:module';
  const require = createRequire(import.meta.url);
  for (const path of ['asyncmongo', 'asyncmongo/bson', 'asyncmongo/testing']) {
    const imported = await import(path);
    const required = require(path);
    for (const name of Object.keys(imported)) {
      if (imported[name] !== required[name]) throw new Error(path + ': ' + name + ' differs');
    }
  }
  if ((await import('asyncmongo')).ObjectId !== require('asyncmongo/bson').ObjectId) throw new Error('two ObjectIds');
`;

const ROOT = path.join(import.meta.dirname, '..', '..');
const FIXTURES = path.join(import.meta.dirname, 'fixtures');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from the first output to the end. */
  readonly lingeredMS: number;
}

const run = async (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd = ROOT,
): Promise<Ended> => {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr, spokeAt] = ['', '', 0];
  child.stdout.on('data', (chunk) => {
    spokeAt ||= performance.now();
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const exited = once(child, 'exit').then(() => performance.now());
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr, lingeredMS: (await exited) - spokeAt };
};

const echoFilter = (request: ScriptedRequest): Document =>
  cursorReply('d.c', [request.command['filter'] as Document]);

describe('concurrent use', () => {
  it('[PROC-1] a thousand parallel mixed operations are right, and every connection is returned', async () => {
    const { server, client } = await serverAndClient({
      script: {
        find: echoFilter,
        insert: ({ sequences }) => ({ n: sequences['documents']?.length ?? 0 }),
        update: ({ sequences }) => ({ n: 1, nModified: Number(sequences['updates']?.[0]?.['q'].x) % 2 }),
        delete: { n: 1 },
        aggregate: ({ command }) => cursorReply('d.c', [{ n: command['pipeline'][0].$match.x as number }]),
        distinct: ({ command }) => ({ values: [command['query'].x as number] }),
      },
    });
    let out = 0;
    client.on('connectionCheckedOut', () => out++);
    client.on('connectionCheckedIn', () => out--);
    const collection = client.db('d').collection('c');
    const results = await Promise.all(
      Array.from({ length: 1_000 }, async (_, x): Promise<unknown> => {
        switch (x % 6) {
          case 0:
            return (await collection.findOne({ x }))?.['x'];
          case 1:
            return (await collection.insertOne({ _id: x })).insertedId;
          case 2:
            return (await collection.updateOne({ x }, { $set: { y: 1 } })).modifiedCount + x;
          case 3:
            return (await collection.find({ x }).toArray())[0]?.['x'];
          case 4:
            return await collection.countDocuments({ x });
          default:
            return (await collection.distinct('x', { x }))[0];
        }
      }),
    );
    expect(results).toEqual(Array.from({ length: 1_000 }, (_, x) => x));
    expect(out).toBe(0);
    expect(pooledConnections(server).length).toBeLessThanOrEqual(100);
  });

  it('ten thousand operations with random limits of time and aborts never see another’s data', async () => {
    const { integer } = seededRandom(41);
    const chance = (): number => integer(1_000_000) / 1_000_000;
    const { server, client } = await serverAndClient(
      {
        script: {
          find: async (request) => {
            const pause = chance() < 0.2 ? Math.floor(chance() * 12) : 0;
            if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
            return echoFilter(request);
          },
        },
      },
      { maxPoolSize: 20, retryReads: false },
    );
    const collection = client.db('d').collection('c');
    let [right, wrong, ended, next] = [0, 0, 0, 0];
    const caller = async (): Promise<void> => {
      while (next < 10_000) {
        const secret = next++;
        const dice = chance();
        const limit =
          dice < 0.1
            ? { timeoutMS: 1 + Math.floor(chance() * 8) }
            : dice < 0.2
              ? { signal: AbortSignal.timeout(Math.floor(chance() * 8)) }
              : {};
        try {
          const found = await collection.findOne({ secret }, limit);
          if (found?.['secret'] === secret) right++;
          else wrong++;
        } catch {
          ended++;
        }
      }
    };
    await Promise.all(Array.from({ length: 40 }, caller));
    expect(wrong).toBe(0);
    expect(ended).toBeGreaterThan(100);
    expect(right + ended).toBe(10_000);
    expect(right).toBeGreaterThan(5_000);
    expect(server.received('find').length).toBeLessThanOrEqual(10_000);
  }, 120_000);

  it('[PROC-6] nothing blocks the event loop: not a hundred waiting finds, not a SCRAM exchange', async () => {
    /** The best of several attempts: other processes of the machine may take the processor away. */
    const longestDelay = async (attempt: () => Promise<void>): Promise<number> => {
      let best = Infinity;
      for (let tries = 0; tries < 12 && best >= 50; tries++) {
        const delays = monitorEventLoopDelay({ resolution: 1 });
        delays.enable();
        await attempt();
        delays.disable();
        best = Math.min(best, delays.max / 1e6);
      }
      return best;
    };
    const finds = async (): Promise<void> => {
      const opened = gate<Answer>(cursorReply('d.c', []));
      const { server, client } = await serverAndClient({ script: { find: () => opened.promise } });
      const found = Array.from({ length: 100 }, () => client.db('d').collection('c').findOne());
      await server.waitFor('find', 100);
      await new Promise((resolve) => setTimeout(resolve, 100));
      opened.open();
      await Promise.all(found);
    };
    expect(await longestDelay(finds)).toBeLessThan(50);
    const exchange = async (): Promise<void> => {
      const users = [{ username: 'u', password: 'p', mechanisms: ['SCRAM-SHA-256'] as const }];
      const server = await startServer(scramServer({ users, iterations: 15_000 }));
      await clientOf(server, { username: 'u', password: 'p' }).ping();
    };
    expect(await longestDelay(exchange)).toBeLessThan(50);
  }, 60_000);
});

describe('processes and workers', () => {
  it('[PROC-2] the example of a worker pool in the documentation runs', async () => {
    const faq = await readFile(path.join(ROOT, 'docs', 'faq.md'), 'utf8');
    const example = [...faq.matchAll(/```ts\n(.*?)```/gs)]
      .map(([, code = '']) => code)
      .find((code) => code.includes('node:worker_threads'));
    expect(example).toContain("from 'asyncmongo'");
    const { outputText } = ts.transpileModule(example ?? '', {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const file = path.join(directory, 'workers.mjs');
    await writeFile(file, outputText);
    const server = await startServer({
      script: {
        aggregate: ({ command }) =>
          cursorReply('jobs.open', [{ n: command['pipeline'][0].$match.shard as number }]),
      },
    });
    const { code, stderr } = await run([file], { MONGODB_URI: server.uri }, directory);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const counted = server.received('aggregate');
    expect(counted.map(({ command }) => command['pipeline'][0].$match.shard as number).sort()).toEqual([
      0, 1, 2, 3,
    ]);
    expect(new Set(counted.map(({ connection }) => connection.id)).size).toBe(4);
    expect(server.received('endSessions')).toHaveLength(4);
  }, 60_000);

  it('[PROC-3] no handle can be posted to a worker or cloned', async () => {
    const { client } = await serverAndClient();
    const collection = client.db('d').collection('c');
    const worker = new Worker('require("node:worker_threads").parentPort.on("message", () => undefined)', {
      eval: true,
    });
    const { port1, port2 } = new MessageChannel();
    try {
      for (const handle of [
        client,
        client.db('d'),
        collection,
        collection.find(),
        collection.aggregate([]),
        client.startSession(),
      ]) {
        for (const clone of [
          () => structuredClone(handle),
          () => {
            worker.postMessage(handle);
          },
          () => {
            port1.postMessage({ nested: [handle] });
          },
        ]) {
          let name = '';
          try {
            clone();
          } catch (error) {
            ({ name } = error as Error);
          }
          expect(name).toBe('DataCloneError');
        }
      }
    } finally {
      port1.close();
      port2.close();
      await worker.terminate();
    }
  });

  it('[PROC-4] in another process than its own a client warns once and opens new connections', async () => {
    const { server, client } = await serverAndClient();
    await Promise.all([client.ping(), client.ping()]);
    const inherited = new Set(server.received('ping').map(({ connection }) => connection.id));
    const descriptor = Object.getOwnPropertyDescriptor(process, 'pid') as PropertyDescriptor;
    Object.defineProperty(process, 'pid', { ...descriptor, value: process.pid + 1 });
    try {
      const warnings = await warningsOf(async () => {
        for (let count = 0; count < 4; count++) await client.ping();
      });
      expect(warnings.filter((warning) => /process/.test(warning))).toHaveLength(1);
    } finally {
      Object.defineProperty(process, 'pid', descriptor);
    }
    const later = server.received('ping').slice(2);
    expect(later.some(({ connection }) => inherited.has(connection.id))).toBe(false);
  });

  it('[PROC-5] the documentation shows one client for a process', async () => {
    const faq = await readFile(path.join(ROOT, 'docs', 'faq.md'), 'utf8');
    expect(faq).toMatch(/export const client = new AsyncMongoClient\(/);
  });

  it('[PROC-8] values of any other copy and major of bson are taken by their tag', async () => {
    const text = '0123456789abcdef01234567';
    const { server, client } = await serverAndClient({ script: { insert: { n: 1 }, find: echoFilter } });
    const collection = client.db('d').collection('c');
    for (const copy of [bson4, bson5, bson6, officialCopy]) {
      expect(copy.ObjectId).not.toBe(ObjectId);
      const _id = new copy.ObjectId(text);
      expect(_id).not.toBeInstanceOf(ObjectId);
      const long = copy.Long.fromString('9007199254740993');
      const { insertedId } = await collection.insertOne({ _id, long } as Document);
      expect(String(insertedId)).toBe(text);
      const [bytes] = documentsSent(server.received('insert').at(-1) as ScriptedRequest);
      expect(bytes?.subarray(4, 21).toString('hex')).toBe(`075f696400${text}`);
      expect(bytes?.readBigInt64LE(bytes.indexOf('long\0') + 5)).toBe(9_007_199_254_740_993n);
      const found = await collection.findOne({ _id } as Document);
      expect(String(found?.['_id'])).toBe(text);
    }
  });
});

describe('the end of a process', () => {
  const found = () => startServer({ script: { find: cursorReply('d.c', []) } });
  const script = path.join(FIXTURES, 'find-and-end.ts');

  it('[PROC-10] comes by itself after the last operation, with a warning that the client was left open', async () => {
    const server = await found();
    const { code, stdout, stderr, lingeredMS } = await run(['--import', 'tsx', script, server.uri]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'found' });
    expect(stderr).toMatch(/left open/);
    expect(lingeredMS).toBeLessThan(1_000);
  }, 30_000);

  it('[METH-1] comes at once after close(), with no socket, no timer and no warning left', async () => {
    const server = await found();
    const { code, stdout, stderr, lingeredMS } = await run(['--import', 'tsx', script, server.uri, 'close']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const resources = (JSON.parse(stdout) as string[]).filter((name) =>
      /TCP|Timeout|Timer|GetAddrInfo/i.test(name),
    );
    expect(resources).toEqual([]);
    expect(lingeredMS).toBeLessThan(1_000);
    await Promise.all(server.connections.map(({ closed }) => closed));
  }, 30_000);

  it('[CUR-10] ten thousand abandoned cursors leave neither cursors on the server nor memory behind', async () => {
    const held = new Set<string>();
    let id = 0n;
    const server = await startServer({
      script: {
        find: () => {
          held.add(String(++id));
          return cursorReply('d.c', [{ _id: 1 }], { id });
        },
        getMore: ({ command }) =>
          cursorReply('d.c', [{ _id: 2 }], { id: BigInt(String(command['getMore'])), batch: 'nextBatch' }),
        killCursors: ({ command }) => {
          for (const cursor of command['cursors'] as unknown[]) held.delete(String(cursor));
          return { cursorsKilled: command['cursors'] as unknown[] };
        },
        heldCursors: () => ({ held: held.size }),
      },
    });
    const file = path.join(FIXTURES, 'abandon-cursors.ts');
    const { code, stdout, stderr } = await run(['--expose-gc', '--import', 'tsx', file, server.uri]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { held: left, growth } = JSON.parse(stdout) as { held: number; growth: number };
    expect(id).toBe(20_000n);
    expect(left).toBe(0);
    expect(growth).toBeLessThan(10_000 * 256);
    const sessions = new Set(
      server.received('find').map(({ command }) => command['lsid'].id.toString('hex') as string),
    );
    const ended = server
      .received('endSessions')
      .flatMap(({ command }) => command['endSessions'] as Document[])
      .map(({ id: session }) => session.toString('hex') as string);
    expect(new Set(ended)).toEqual(sessions);
  }, 120_000);
});

describe('identifiers', () => {
  it('cost less than a hundred bytes each', async () => {
    const file = path.join(FIXTURES, 'many-ids.ts');
    const { code, stdout } = await run(['--expose-gc', '--import', 'tsx', file]);
    expect(code).toBe(0);
    expect(Number(stdout)).toBeGreaterThan(0);
    expect(Number(stdout)).toBeLessThan(100);
  }, 30_000);
});

describe('the package', () => {
  it('[PROC-7] names its versions, and loads by import and by require as one and the same classes', async () => {
    const manifest = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
      engines: { node: string };
      exports: Record<string, { types?: string; default?: string } | string>;
    };
    expect(manifest.engines.node).toBe('>=20.19.0');
    for (const target of Object.values(manifest.exports)) {
      const files = typeof target === 'string' ? [target] : [target.types, target.default];
      for (const file of files) {
        const { size } = await stat(path.join(directory, 'node_modules', 'asyncmongo', file ?? 'missing'));
        expect(size).toBeGreaterThan(0);
      }
    }
    await cp(path.join(ROOT, 'spec', 'tools', 'smoke'), directory, { recursive: true });
    await writeFile(path.join(directory, 'identity.mjs'), IDENTITY);
    for (const file of ['smoke.mjs', 'smoke.cjs', 'identity.mjs']) {
      const { code, stderr } = await run(['--no-warnings', file], {}, directory);
      expect({ file, code, stderr }).toEqual({ file, code: 0, stderr: '' });
    }
  }, 60_000);
});
