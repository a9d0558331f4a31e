import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import { loggerSink } from '../../lib/logging/logger-sink.js';
import { streamSink } from '../../lib/logging/stream-sink.js';
import type { LeveledLogger, LogEntry } from '../../lib/index.js';
import { warningsOf } from '../client/client-fixture.js';

const entry = (level: LogEntry['level'] = 'debug'): LogEntry => ({
  level,
  component: 'command',
  message: 'Command started',
  requestId: 3,
});

describe('a logger with methods for levels', () => {
  const recorder = (...levels: string[]): { logger: LeveledLogger; calls: unknown[][] } => {
    const calls: unknown[][] = [];
    const method = (level: string) => (fields: object, message: string) =>
      calls.push([level, fields, message]);
    const logger = Object.fromEntries(levels.map((level) => [level, method(level)]));
    return { logger: logger as unknown as LeveledLogger, calls };
  };

  it('gets fields and message, without the level', () => {
    const { logger, calls } = recorder('error', 'warn', 'info', 'debug');
    loggerSink(logger).write(entry());
    expect(calls).toEqual([['debug', { component: 'command', requestId: 3 }, 'Command started']]);
  });

  it('gets a level it does not have as the next less severe one, else as the next more severe one', () => {
    const { logger, calls } = recorder('error', 'warn', 'info', 'debug');
    const sink = loggerSink(logger);
    for (const level of ['emergency', 'alert', 'critical', 'notice', 'trace'] as const)
      sink.write(entry(level));
    expect(calls.map(([level]) => level)).toEqual(['error', 'error', 'error', 'info', 'debug']);
    const syslog = recorder('critical', 'error', 'warn', 'notice', 'info', 'debug', 'trace');
    for (const level of ['alert', 'notice', 'trace'] as const) loggerSink(syslog.logger).write(entry(level));
    expect(syslog.calls.map(([level]) => level)).toEqual(['critical', 'notice', 'trace']);
  });

  it('is called as a method', () => {
    class Own {
      readonly seen: string[] = [];
      error(_fields: object, message: string): void {
        this.seen.push(message);
      }
      warn = this.error;
      info = this.error;
      debug = this.error;
    }
    const own = new Own();
    loggerSink(own).write(entry());
    expect(own.seen).toEqual(['Command started']);
  });

  it('that throws disturbs nobody', async () => {
    const sink = loggerSink(() => {
      throw new Error('disk full');
    });
    const warnings = await warningsOf(() => sink.write(entry()));
    expect(warnings.join()).toContain('disk full');
  });
});

describe('a path', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'asyncmongo-log-'));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(directory, { recursive: true });
  });

  it('of a file gets lines of JSON appended', async () => {
    const path = join(directory, 'driver.log');
    for (let turn = 0; turn < 2; turn++) {
      const sink = streamSink(nodeRuntime, path);
      sink.write(entry());
      sink.write(entry('warn'));
      await sink.close();
    }
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(JSON.parse(lines[3]!)).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: 'warn',
      component: 'command',
      message: 'Command started',
      requestId: 3,
    });
  });

  it('that cannot be opened sends everything to stderr, what was written before that is known included', async () => {
    const toStderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const warned = new Promise<string>((resolve) => {
      jest.spyOn(process, 'emitWarning').mockImplementation((warning) => resolve(String(warning)));
    });
    const sink = streamSink(nodeRuntime, join(directory, 'absent', 'driver.log'));
    sink.write(entry());
    expect(await warned).toContain('goes to stderr');
    sink.write(entry('warn'));
    expect(toStderr.mock.calls.map(([line]) => String(line))).toEqual([
      expect.stringContaining('"level":"debug"'),
      expect.stringContaining('"level":"warn"'),
    ]);
    await sink.close();
  });

  it.each(['stdout', 'STDERR'] as const)('named %s is a stream of the process', (path) => {
    const stream = process[path.toLowerCase() as 'stdout' | 'stderr'];
    const write = jest.spyOn(stream, 'write').mockReturnValue(true);
    streamSink(nodeRuntime, path).write(entry());
    expect(write).toHaveBeenCalledWith(expect.stringMatching(/^\{"time":.*\}\n$/));
  });
});
