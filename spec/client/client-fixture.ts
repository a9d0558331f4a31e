import { jest } from '@jest/globals';
import { AsyncMongoClient, type AsyncMongoClientOptions } from '../../lib/index.js';
import {
  startScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../support/scripted-server.js';

type Closable = { close(options?: { readonly force: boolean }): Promise<void> };

const open: Closable[] = [];

/** Closed by `closeAll`, clients before servers. */
export const closeLater = <T extends Closable>(closable: T): T => {
  open.push(closable);
  return closable;
};

export const startServer = async (options: ScriptedServerOptions = {}): Promise<ScriptedServer> =>
  closeLater(await startScriptedServer(options));

export const clientOf = (
  target: { readonly uri: string } | string,
  options: AsyncMongoClientOptions = {},
): AsyncMongoClient =>
  closeLater(
    new AsyncMongoClient(typeof target === 'string' ? target : target.uri, {
      serverSelectionTimeoutMS: 2_000,
      ...options,
    }),
  );

export const serverAndClient = async (
  serverOptions: ScriptedServerOptions = {},
  clientOptions: AsyncMongoClientOptions = {},
): Promise<{ readonly server: ScriptedServer; readonly client: AsyncMongoClient }> => {
  const server = await startServer(serverOptions);
  return { server, client: clientOf(server, clientOptions) };
};

/** For `afterEach`: waits for nothing that a test left undone. */
export const closeAll = async (): Promise<void> => {
  for (const closable of open.splice(0).reverse()) await closable.close({ force: true });
};

/** What a promise rejects with; fails the test where it resolves. */
export const rejectionOf = async (promise: Promise<unknown>): Promise<unknown> => {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`resolved with ${String(value)}`);
};

/** Collects the warnings that are emitted while `action` runs. */
export const warningsOf = async (action: () => unknown): Promise<readonly string[]> => {
  const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  try {
    await action();
    return emitWarning.mock.calls.map(([warning]) => String(warning));
  } finally {
    emitWarning.mockRestore();
  }
};

/** An address where nothing listens. */
export const deadAddress = async (): Promise<string> => {
  const server = await startScriptedServer();
  await server.close();
  return server.address;
};
