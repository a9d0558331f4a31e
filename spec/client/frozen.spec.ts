import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import * as readline from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { cursorReply } from '../support/scripted-server.js';
import { closeAll, startServer } from './client-fixture.js';

afterEach(closeAll);

const FIXTURE = path.join(import.meta.dirname, 'fixtures', 'frozen.ts');
/** Longer than a pause of the event loop can be taken for. */
const STOPPED_MS = 9_000;
/** How much faster time runs for the client in the process that is stopped. */
const PACE = 6;
/** A client that waits for an answer on a dead connection does so until it is stopped. */
const AT_ONCE_MS = 5_000;

/** What a network does that forgets its connections: bytes go nowhere and nobody is told, or they are reset. */
type Fate = 'silent' | 'closed';

const stopAndContinue = async (fate: Fate): Promise<void> => {
  const server = await startServer({ script: { find: cursorReply('t.c', [{ x: 1 }]) } });
  const child = spawn(process.execPath, ['--import', 'tsx', FIXTURE, server.uri, String(PACE)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
    child.kill('SIGSTOP');
    const before = [...server.connections];
    if (fate === 'closed') server.dropConnections();
    else for (const { socket } of before) socket.removeAllListeners('data').resume();
    child.stdin.write('find\n');
    await pause(STOPPED_MS / PACE);
    child.kill('SIGCONT');
    const { value } = (await lines.next()) as { value: string };
    const [, outcome, ms] = /^(.*) after (\d+) ms$/.exec(value) ?? [];
    expect(outcome).toBe('found');
    expect(Number(ms)).toBeLessThan(AT_ONCE_MS);
    const used = server.received('find').at(-1)!.connection;
    expect(before).not.toContain(used);
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
};

describe('a process that is stopped and continued', () => {
  it('finds out that its connections are dead before it uses them, silent ones and closed ones', async () => {
    await Promise.all([stopAndContinue('silent'), stopAndContinue('closed')]);
  }, 60_000);
});
