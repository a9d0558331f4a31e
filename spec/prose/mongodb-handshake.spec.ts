/** `source/mongodb-handshake/tests/README.md`, "Prose Tests" and "Client Metadata Update Prose Tests", by number. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DRIVER_VERSION } from '../../lib/connection/driver-version.js';
import type { AsyncMongoClient, AsyncMongoClientOptions, Document } from '../../lib/index.js';
import { clientOf, closeAll, serverAndClient } from '../client/client-fixture.js';
import type { ScriptedServer } from '../support/scripted-server.js';

/** Every variable that says where a process runs. */
const VARIABLES = [
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'FUNCTIONS_WORKER_RUNTIME',
  'K_SERVICE',
  'FUNCTION_NAME',
  'FUNCTION_MEMORY_MB',
  'FUNCTION_TIMEOUT_SEC',
  'FUNCTION_REGION',
  'VERCEL',
  'VERCEL_REGION',
  'KUBERNETES_SERVICE_HOST',
];
const before = { ...process.env };

afterEach(async () => {
  for (const name of VARIABLES) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  await closeAll();
});

/** Sends a ping over a new connection; returns the `client` document of its handshake. */
const metadataOfPing = async (server: ScriptedServer, client: AsyncMongoClient): Promise<Document> => {
  const connections = new Set(server.received('ping').map(({ connection }) => connection));
  await client.db('admin').command('ping');
  const { connection } = server.received('ping').at(-1)!;
  expect(connections.has(connection)).toBe(false);
  // Longer than maxIdleTimeMS: the next ping needs another connection.
  await sleep(5);
  return connection.metadata!;
};

const idle = async (
  options: AsyncMongoClientOptions = {},
): Promise<{ readonly client: AsyncMongoClient; readonly ping: () => Promise<Document> }> => {
  const { server, client } = await serverAndClient({}, { maxIdleTimeMS: 1, ...options });
  return { client, ping: () => metadataOfPing(server, client) };
};

const AWS = {
  AWS_EXECUTION_ENV: 'AWS_Lambda_java8',
  AWS_REGION: 'us-east-2',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
};

describe('handshake prose tests', () => {
  it.each<[string, Record<string, string>, Document | undefined]>([
    ['1. valid AWS', AWS, { name: 'aws.lambda', region: 'us-east-2', memory_mb: 1024 }],
    ['2. valid Azure', { FUNCTIONS_WORKER_RUNTIME: 'node' }, { name: 'azure.func' }],
    [
      '3. valid GCP',
      {
        K_SERVICE: 'servicename',
        FUNCTION_MEMORY_MB: '1024',
        FUNCTION_TIMEOUT_SEC: '60',
        FUNCTION_REGION: 'us-central1',
      },
      { name: 'gcp.func', memory_mb: 1024, timeout_sec: 60, region: 'us-central1' },
    ],
    ['4. valid Vercel', { VERCEL: '1', VERCEL_REGION: 'cdg1' }, { name: 'vercel', region: 'cdg1' }],
    [
      '5. invalid, several providers',
      { AWS_EXECUTION_ENV: 'AWS_Lambda_java8', FUNCTIONS_WORKER_RUNTIME: 'node' },
      undefined,
    ],
    [
      '6. invalid, long string',
      { AWS_EXECUTION_ENV: 'AWS_Lambda_java8', AWS_REGION: 'a'.repeat(512) },
      { name: 'aws.lambda' },
    ],
    [
      '7. invalid, wrong types',
      { AWS_EXECUTION_ENV: 'AWS_Lambda_java8', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: 'big' },
      { name: 'aws.lambda' },
    ],
    ['8. invalid, no AWS_Lambda_ at the beginning', { AWS_EXECUTION_ENV: 'EC2' }, undefined],
    [
      '9. valid container and provider',
      { ...AWS, KUBERNETES_SERVICE_HOST: '1' },
      {
        name: 'aws.lambda',
        region: 'us-east-2',
        memory_mb: 1024,
        container: expect.objectContaining({ orchestrator: 'kubernetes' }),
      },
    ],
  ])('Test 1: environment metadata, %s', async (_title, variables, expected) => {
    for (const name of VARIABLES) delete process.env[name];
    Object.assign(process.env, variables);
    const { ping } = await idle();
    const { env } = await ping();
    if (expected !== undefined) expect(env).toMatchObject(expected);
    const { container, ...provider } = (env ?? {}) as Document;
    // Whether this machine is a container itself has no part in it.
    const { container: _expected, ...wanted } = expected ?? {};
    expect(provider).toEqual(wanted);
    if ('container' in (expected ?? {})) expect(container).toBeDefined();
  });

  it('Test 2: an arbitrary mechanism in saslSupportedMechs is accepted', async () => {
    const { client } = await serverAndClient({
      hello: { saslSupportedMechs: ['SCRAM-SHA-256', 'whatever'] },
    });
    expect(await client.ping()).toBe(true);
  });
});

const LIBRARY = { name: 'library', version: '1.2', platform: 'Library Platform' };
const FRAMEWORK = { name: 'framework', version: '2.0', platform: 'Framework Platform' };

/** What the libraries say, without the driver's own part before it. */
const appended = ({ driver, platform }: Document): (string | undefined)[] =>
  [driver.name, driver.version, platform].map((text) => (text as string).split('|').slice(1).join('|'));

const UPDATES: readonly [number, typeof LIBRARY | { name: string; version?: string; platform?: string }][] = [
  [1, FRAMEWORK],
  [2, { name: 'framework', version: '2.0' }],
  [3, { name: 'framework', platform: 'Framework Platform' }],
  [4, { name: 'framework' }],
];

const joined = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join('|');

describe('client metadata update prose tests', () => {
  it.each(UPDATES)('Test 1: the driver updates metadata, case %i', async (_case, info) => {
    const { client, ping } = await idle({ driverInfo: LIBRARY });
    const initial = await ping();
    client.appendMetadata(info);
    const updated = await ping();
    expect(appended(updated)).toEqual([
      joined('library', info.name),
      joined('1.2', info.version),
      joined('Library Platform', info.platform),
    ]);
    const rest = { driver: 0, platform: 0 };
    expect({ ...updated, ...rest }).toEqual({ ...initial, ...rest });
    expect(updated['driver'].name).toMatch(/^asyncmongo\|/);
    expect(updated['driver'].version.split('|')[0]).toBe(DRIVER_VERSION);
  });

  it.each(UPDATES)('Test 2: several updates in succession, case %i', async (_case, info) => {
    const { client, ping } = await idle();
    client.appendMetadata(LIBRARY);
    await ping();
    client.appendMetadata(info);
    expect(appended(await ping())).toEqual([
      joined('library', info.name),
      joined('1.2', info.version),
      joined('Library Platform', info.platform),
    ]);
  });

  it.each([
    [1, LIBRARY],
    [2, { ...LIBRARY, name: 'framework' }],
    [3, { ...LIBRARY, version: '2.0' }],
    [4, { ...LIBRARY, platform: 'Framework Platform' }],
    [5, { ...FRAMEWORK, platform: 'Library Platform' }],
    [6, { ...FRAMEWORK, version: '1.2' }],
    [7, { ...FRAMEWORK, name: 'library' }],
    [8, FRAMEWORK],
  ])('Test 3: updates with the same or partly the same information, case %i', async (number, info) => {
    const { client, ping } = await idle();
    client.appendMetadata(LIBRARY);
    await ping();
    client.appendMetadata(info);
    const { name, version, platform } = LIBRARY;
    expect(appended(await ping())).toEqual(
      number === 1
        ? [name, version, platform]
        : [`library|${info.name}`, `1.2|${info.version}`, `Library Platform|${info.platform}`],
    );
  });

  it('Test 4: what was appended before is not appended again', async () => {
    const { client, ping } = await idle();
    client.appendMetadata(LIBRARY);
    await ping();
    client.appendMetadata(FRAMEWORK);
    const metadata = await ping();
    client.appendMetadata(LIBRARY);
    expect(await ping()).toEqual(metadata);
  });

  it('Test 5: what was there from the beginning is not appended again', async () => {
    const { client, ping } = await idle({ driverInfo: LIBRARY });
    const metadata = await ping();
    client.appendMetadata(LIBRARY);
    expect(await ping()).toEqual(metadata);
  });

  it('Test 6: nor after something else', async () => {
    const { client, ping } = await idle({ driverInfo: LIBRARY });
    await ping();
    client.appendMetadata({ ...LIBRARY, name: 'framework' });
    const metadata = await ping();
    client.appendMetadata(LIBRARY);
    expect(await ping()).toEqual(metadata);
  });

  // Case 1 of both is for drivers whose libraries need no name.
  const unset: readonly [number, { name: string; version?: string; platform?: string }, typeof LIBRARY][] = [
    [2, { name: 'library', platform: 'Library Platform' }, { ...LIBRARY, version: '' }],
    [3, { name: 'library', version: '1.2' }, { ...LIBRARY, platform: '' }],
  ];

  it.each(unset)('Test 7: empty strings are not set, appended, case %i', async (_case, first, second) => {
    const { client, ping } = await idle();
    client.appendMetadata(first);
    const metadata = await ping();
    client.appendMetadata(second);
    expect(await ping()).toEqual(metadata);
  });

  it.each(unset)(
    'Test 8: empty strings are not set, from the beginning, case %i',
    async (_case, first, second) => {
      const { client, ping } = await idle({ driverInfo: first });
      const metadata = await ping();
      client.appendMetadata(second);
      expect(await ping()).toEqual(metadata);
    },
  );

  it('Test 9: handshakes say backpressure: "2"', async () => {
    const { server } = await serverAndClient();
    const client = clientOf(server);
    await client.ping();
    const handshakes = server.requests.filter(({ command }) => command['client'] !== undefined);
    expect(handshakes.length).toBeGreaterThanOrEqual(2);
    for (const { command } of handshakes) expect(command['backpressure']).toBe('2');
  });
});
