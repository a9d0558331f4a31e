import type { CursorEngine } from './cursor-engine.js';

/** Iterator of one cursor; `for await` makes one, and calls `return` when the loop is left early. */
export const cursorIterator = <T>(
  engine: CursorEngine<T>,
): AsyncIterableIterator<T, undefined> & AsyncDisposable => ({
  next: () => engine.step(),
  async return() {
    await engine.close();
    return { value: undefined, done: true };
  },
  [Symbol.asyncIterator]() {
    return this;
  },
  [Symbol.asyncDispose]: () => engine.close(),
});
