import type { Doc, OperationDescription } from './format.js';
import { Mismatch } from './match.js';
import type { Runner } from './special-operations.js';
import type { TestContext } from './test-context.js';

let stopped = false;

/** Ends every running loop after its current iteration and keeps new ones from starting. */
export const requestLoopTermination = (): void => {
  stopped = true;
};

/** Repeats operations until told to stop, counting and collecting as asked. */
export const loop = async (args: Doc, context: TestContext, run: Runner): Promise<void> => {
  const { entities } = context;
  const name = (key: string): string | undefined => args[key] as string | undefined;
  const counter = (key: string): { count: number } => {
    const entity = name(key);
    const value = { count: 0 };
    if (entity !== undefined) entities.add(entity, 'value', value);
    return value;
  };
  const list = (key: string): Doc[] | undefined => {
    const entity = name(key);
    if (entity === undefined) return undefined;
    if (!entities.has(entity)) entities.add(entity, 'value', []);
    const value = entities.value(entity);
    if (!Array.isArray(value)) throw new Error(`entity ${entity} is not an array`);
    return value as Doc[];
  };
  const errors = list('storeErrorsAsEntity');
  const failures = list('storeFailuresAsEntity');
  const iterations = counter('storeIterationsAsEntity');
  const successes = counter('storeSuccessesAsEntity');

  while (!stopped) {
    iterations.count++;
    try {
      for (const operation of args['operations'] as OperationDescription[]) {
        await run(operation, context);
        successes.count++;
      }
    } catch (error) {
      const target = error instanceof Mismatch ? (failures ?? errors) : (errors ?? failures);
      if (!target) throw error;
      target.push({ error: (error as Error).message, time: Date.now() / 1000 });
    }
  }
};
