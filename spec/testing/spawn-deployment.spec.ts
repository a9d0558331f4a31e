import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { spawnDeployment } from '../../lib/testing/spawn-deployment.js';
import { eventually } from './support/eventually.js';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('runs a deployment in a process of its own, until it is stopped', async () => {
  const deployment = await spawnDeployment({
    topology: 'replicaset',
    members: 2,
    auth: true,
    tls: true,
    version: '6.0',
  });
  const client = new MongoClient(deployment.uri);
  expect(await client.db('admin').command({ buildInfo: 1 })).toMatchObject({
    versionArray: [6, 0, expect.anything(), 0],
  });
  expect(await client.db('admin').command({ serverStatus: 1 })).toMatchObject({
    pid: deployment.pid,
    process: 'mongod',
  });
  await client.close();
  expect(isAlive(deployment.pid)).toBe(true);
  await deployment.stop();
  expect(isAlive(deployment.pid)).toBe(false);
  await deployment.stop();
});

it('is controlled through its standard input', async () => {
  await using deployment = await spawnDeployment({
    topology: 'replicaset',
    members: [{}, {}, { priority: 0, tags: { use: 'reports' } }],
    electionTimeoutMS: 100,
    proxied: true,
  });
  const { control } = deployment;
  expect(await control.primary()).toBe(0);
  await control.kill(0);
  expect(await control.awaitPrimary()).toBe(1);
  await control.restart(0);
  await control.setFaults(0, { toClient: { latencyMS: 1 } });
  await expect(control.kill(7)).rejects.toThrow(new RangeError('There is no member 7'));
  await expect(control.stepUp(2)).rejects.toThrow('Election failed.');
  await deployment.stop();
  await expect(control.primary()).rejects.toThrow('The deployment has ended');
});

it('says why a process could not start', async () => {
  await expect(spawnDeployment({ version: '3.6' })).rejects.toThrow(/Unknown server version "3.6"/);
});

it('ends with the process that started it, even when that one is killed', async () => {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const module = new URL('../../lib/testing/spawn-deployment.ts', import.meta.url).href;
  const script = `
    const { spawnDeployment } = await import(${JSON.stringify(module)});
    process.stdout.write(String((await spawnDeployment()).pid) + '\\n');
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await eventually(() => !isAlive(pid));
});
