import { SkipCase, type OperationFunction } from './driver.js';
import type { EntityKind } from './entity-map.js';
import type { Doc, OperationDescription } from './format.js';
import { matchError } from './match-error.js';
import { fail, match } from './match.js';
import { OPERATIONS, isKnownOperation, type OperationShape } from './operations.js';
import { specialOperations } from './special-operations.js';
import type { TestContext } from './test-context.js';

interface Prepared {
  readonly run: OperationFunction;
  readonly shape: OperationShape;
  readonly target: unknown;
  readonly args: Doc;
  readonly kind: EntityKind;
}

/** Executes one operation and checks its error or result ("Executing an Operation"). */
export const runOperation = async (operation: OperationDescription, context: TestContext): Promise<void> => {
  if (operation.object === 'testRunner') {
    const special = specialOperations[operation.name];
    if (!special) throw new Error(`unknown test runner operation ${operation.name}`);
    await special(operation.arguments ?? {}, context, runOperation);
    return;
  }
  await runEntityOperation(operation, context);
};

/** The same, but an error of the driver is raised after it was checked: `withTransaction` needs to see it. */
const runInCallback = async (operation: OperationDescription, context: TestContext): Promise<void> => {
  if (operation.object === 'testRunner') return runOperation(operation, context);
  const error = await runEntityOperation(operation, context);
  if (error !== undefined) throw error as Error;
};

const runEntityOperation = async (
  operation: OperationDescription,
  context: TestContext,
): Promise<unknown> => {
  const where = `${operation.object}.${operation.name}`;
  const prepared = prepare(operation, context);
  let result: unknown;
  let error: unknown;
  try {
    result = await prepared.run(prepared.target, prepared.args);
  } catch (thrown) {
    error = thrown;
  }
  if (error instanceof SkipCase) throw error;
  if (operation.ignoreResultAndError) return error;
  if (operation.expectError) {
    if (error === undefined) fail(where, 'expected an error');
    matchError(operation.expectError, context.driver.errorFacts(error), context.entities, where);
    return error;
  }
  if (error !== undefined) throw error as Error;
  checkResult(operation, prepared, result, context, where);
  return undefined;
};

const checkResult = (
  operation: OperationDescription,
  prepared: Prepared,
  result: unknown,
  { entities }: TestContext,
  where: string,
): void => {
  const { expectResult, saveResultAsEntity } = operation;
  if (expectResult !== undefined) {
    if (prepared.shape.documents && Array.isArray(expectResult) && Array.isArray(result)) {
      if (expectResult.length !== result.length)
        fail(where, `expected ${expectResult.length} documents, got ${JSON.stringify(result)}`);
      for (const [index, expected] of expectResult.entries())
        match(expected, result[index], entities, true, `${where}[${index}]`);
    } else {
      match(expectResult, result, entities, true, where);
    }
  }
  if (saveResultAsEntity === undefined) return;
  if (result === undefined) throw new Error(`${where} returned nothing to save as ${saveResultAsEntity}`);
  entities.add(saveResultAsEntity, HANDLE_MAKERS[operation.name] ?? 'value', result);
};

/** Operations whose result is an object of the driver. */
const HANDLE_MAKERS: Readonly<Record<string, 'cursor' | 'collection'>> = {
  createChangeStream: 'cursor',
  createFindCursor: 'cursor',
  createCommandCursor: 'cursor',
  createCollection: 'collection',
};

const prepare = (operation: OperationDescription, context: TestContext): Prepared => {
  const { kind, value } = context.entities.lookUp(operation.object);
  const key = `${kind}.${operation.name}`;
  const shape = OPERATIONS[key];
  if (!shape)
    throw new Error(
      `${isKnownOperation(operation.name) ? `a ${kind} has no` : 'unknown'} operation ${operation.name}`,
    );
  const run = context.driver.operations[key];
  if (!run) throw new SkipCase(`${context.driver.name} has no ${key}`);
  const given = operation.arguments ?? {};
  const unknown = Object.keys(given).filter((name) => !shape.arguments.includes(name));
  if (unknown.length > 0) throw new Error(`${key} does not take ${unknown.join(', ')}`);
  const missing = shape.required.filter((name) => !(name in given));
  if (missing.length > 0) throw new Error(`${key} needs ${missing.join(', ')}`);
  const target = kind === 'client' ? context.entities.get(operation.object, 'client').handle : value;
  return { run, shape, target, kind, args: resolveArguments(given, context) };
};

const resolveArguments = (given: Doc, context: TestContext): Doc => {
  const args: Doc = { ...given };
  if (args['session'] !== undefined)
    args['session'] = context.entities.get(String(args['session']), 'session');
  const { id } = args;
  // GridFS files are named by what an earlier upload returned.
  if (typeof id === 'object' && id !== null && '$$matchesEntity' in id)
    args['id'] = context.entities.value(String(id.$$matchesEntity));
  const { callback } = args;
  if (Array.isArray(callback))
    args['callback'] = async () => {
      for (const operation of callback as OperationDescription[]) await runInCallback(operation, context);
    };
  return args;
};
