import * as diagnostics from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { AsyncMongoClient, type AsyncMongoClientOptions } from '../../lib/index.js';
import { clientOf, closeAll, closeLater, rejectionOf, startServer } from '../client/client-fixture.js';
import { examplesOf, readGuide } from './guide-examples.js';

afterEach(closeAll);

const page = readGuide('observability.md');
const examples = examplesOf(page);

/** The statements of an example as a function of what it imports and uses. */
const runnable = (code: string): ((...args: unknown[]) => Promise<void>) => {
  const body = code.replaceAll(/^import (?!type)\{(.*)\} from '(.*)';$/gm, "const {$1} = modules['$2'];");
  const { outputText } = ts.transpileModule(body, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext },
  });
  const statements = outputText.replaceAll(/^export \{\};$/gm, '');
  return new Function('client', 'console', 'modules', `return (async () => {${statements}})()`) as never;
};

const refusal = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return String(error);
  }
  return '';
};

describe('docs/observability.md', () => {
  it('has examples that run and print', async () => {
    const server = await startServer({ script: { find: { ok: 0, code: 2, errmsg: 'no' } } });
    const client = clientOf(server);
    const printed: string[] = [];
    const print = (...words: unknown[]): void => void printed.push(words.map(String).join(' '));
    class LocalClient extends AsyncMongoClient {
      constructor(_uri: string, options: AsyncMongoClientOptions) {
        super(server.uri, options);
        closeLater(this);
      }
    }
    const modules = {
      asyncmongo: { AsyncMongoClient: LocalClient },
      'node:diagnostics_channel': diagnostics,
    };
    const running = examples.map((code) =>
      runnable(code)(client, { log: print, warn: print, error: print }, modules),
    );
    await client.ping();
    await rejectionOf(client.db('shop').collection('orders').findOne());
    await client.close();
    await Promise.all(running);
    expect(printed).toContainEqual(expect.stringMatching(/^Single no primary$/));
    expect(printed).toContainEqual(expect.stringMatching(/^ping {2}took [\d.]+ ms$/));
    expect(printed).toContainEqual(expect.stringMatching(/^find orders failed after/));
    expect(printed).toContainEqual(expect.stringMatching(/^find failed after .* ms/));
  });

  it('names every event, every channel and every variable', () => {
    const names = /events are (.*)/.exec(
      refusal(() => clientOf('mongodb://h').on('?' as never, () => undefined)),
    );
    const events = names?.[1]?.split(', ') ?? [];
    expect(events.length).toBeGreaterThan(20);
    const channels = ['operation', 'attempt', 'checkout', 'command'].map((name) => `asyncmongo:${name}`);
    const variables = ['ALL', 'COMMAND', 'TOPOLOGY', 'SERVER_SELECTION', 'CONNECTION', 'CLIENT', 'PATH'];
    for (const name of [...events, ...channels, ...variables.map((variable) => `MONGODB_LOG_${variable}`)]) {
      expect(page).toContain(`\`${name}\``);
    }
  });
});
