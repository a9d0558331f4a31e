/** Reports what a function of the application threw where nobody can be told. */
const warn = (name: string, error: unknown): void => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`A listener of "${name}" threw: ${text}`, 'AsyncMongoWarning');
};

/** A function of the application whose failure disturbs nobody: it becomes a warning, of an async one, too (INFO-5). */
export const guardListener =
  <TEvent>(name: string, listener: (event: TEvent) => unknown): ((event: TEvent) => void) =>
  (event) => {
    try {
      const outcome = listener(event) as { readonly then?: unknown } | undefined | null;
      if (typeof outcome?.then === 'function') {
        Promise.resolve(outcome).catch((error: unknown) => warn(name, error));
      }
    } catch (error) {
      warn(name, error);
    }
  };
