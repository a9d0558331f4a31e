import { describe, expect, it } from '@jest/globals';
import { resolveClientOptions } from '../../lib/options/resolve-client-options.js';
import type { AsyncMongoClientOptions } from '../../lib/index.js';

const resolve = (options: AsyncMongoClientOptions, environment: Record<string, string> = {}) =>
  resolveClientOptions(undefined, undefined, options, environment).options;

const all = (level: string) => ({
  command: level,
  topology: level,
  serverSelection: level,
  connection: level,
  client: level,
});

describe('log levels', () => {
  it('are off unless asked for', () => {
    expect(resolve({}).logLevel).toEqual(all('off'));
  });

  it('are info for a logger that is passed in', () => {
    expect(resolve({ logger: console }).logLevel).toEqual(all('info'));
    expect(resolve({ logger: console }, { MONGODB_LOG_ALL: 'off' }).logLevel).toEqual(all('off'));
  });

  it('come from the environment, a component before all, in any letter case', () => {
    const { logLevel } = resolve({}, { MONGODB_LOG_ALL: 'WARN', MONGODB_LOG_SERVER_SELECTION: 'Debug' });
    expect(logLevel).toEqual({ ...all('warn'), serverSelection: 'debug' });
  });

  it('of the environment that are none count as not given', () => {
    const { logLevel } = resolve({}, { MONGODB_LOG_ALL: 'loud', MONGODB_LOG_COMMAND: 'trace' });
    expect(logLevel).toEqual({ ...all('off'), command: 'trace' });
  });

  it('of the code win over the environment', () => {
    const environment = { MONGODB_LOG_COMMAND: 'debug', MONGODB_LOG_TOPOLOGY: 'error' };
    expect(resolve({ logLevel: 'notice' }, environment).logLevel).toEqual(all('notice'));
    expect(resolve({ logLevel: { command: 'info' } }, environment).logLevel).toEqual({
      ...all('off'),
      command: 'info',
      topology: 'error',
    });
  });

  it.each([
    ['verbose', 'one of off, emergency'],
    [{ commands: 'debug' }, 'did you mean "command"'],
    [{ command: 'debg' }, 'did you mean "debug"'],
    [5, 'must be a level'],
    [{ command: 5 }, 'must be one of'],
  ])('refuses %j', (logLevel, message) => {
    expect(() => resolve({ logLevel: logLevel as never })).toThrow(new RegExp(message, 'i'));
  });

  it('refuses a logger without the methods it needs', () => {
    expect(() => resolve({ logger: { info: () => undefined } as never })).toThrow(TypeError);
  });

  it('reads length and path from the environment where the code gives none', () => {
    const environment = { MONGODB_LOG_MAX_DOCUMENT_LENGTH: '5', MONGODB_LOG_PATH: 'STDOUT' };
    expect(resolve({}, environment)).toMatchObject({ logMaxDocumentLength: 5, logPath: 'STDOUT' });
    expect(resolve({ logMaxDocumentLength: 7, logPath: '/a' }, environment)).toMatchObject({
      logMaxDocumentLength: 7,
      logPath: '/a',
    });
    expect(resolve({}, { MONGODB_LOG_MAX_DOCUMENT_LENGTH: '-1' })).toMatchObject({
      logMaxDocumentLength: 1000,
      logPath: 'stderr',
    });
  });
});
