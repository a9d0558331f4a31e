import type { ScriptedConnection, ScriptedServer } from '../support/scripted-server.js';

/** A promise that the test fulfils when it wants to. */
export interface Gate<T> {
  readonly promise: Promise<T>;
  open(): void;
}

export const gate = <T>(value: T): Gate<T> => {
  let open: () => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    open = () => {
      resolve(value);
    };
  });
  return { promise, open };
};

export const isHello = (name: string): boolean => /^(hello|ismaster)$/i.test(name);

/** Connections that carried an operation; monitors carry nothing but hello. */
export const pooledConnections = (server: ScriptedServer | undefined): readonly ScriptedConnection[] =>
  (server?.connections ?? []).filter(({ requests }) =>
    requests.some(({ commandName }) => !isHello(commandName) && !commandName.startsWith('sasl')),
  );

/** Looks again and again until it is so; the test's own limit of time ends a wait for what never happens. */
export const arrival = async (isSo: () => boolean, limitMS = 10_000): Promise<void> => {
  const end = performance.now() + limitMS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

/** How many of the promises have settled by now. */
export const settled = async (promises: readonly Promise<unknown>[]): Promise<number> => {
  let count = 0;
  for (const promise of promises) {
    const settle = (): void => void count++;
    promise.then(settle, settle);
  }
  await new Promise((resolve) => setImmediate(resolve));
  return count;
};
