import { officialDriverSkips } from './official-driver-skips.js';
import type { Driver } from './unified/driver.js';
import type { Doc, OperationDescription, TestCase, TestFile } from './unified/format.js';
import { OPERATIONS } from './unified/operations.js';

/** Names cases that are not run, and why. Every member given must fit. */
export interface SkipRule {
  readonly suite?: string;
  readonly file?: string | RegExp;
  readonly test?: string | RegExp;
  /** The case calls an operation of this name. */
  readonly operation?: string;
  /** The file or case creates an entity of this type. */
  readonly entity?: string;
  /** The case calls an operation of an entity of this type. */
  readonly target?: string;
  readonly reason: string;
}

/** Features asyncmongo does not have yet: an operation or entity that needs one leaves its cases out. */
const MISSING_FEATURES: readonly SkipRule[] = [
  { operation: 'clientBulkWrite', reason: 'client bulkWrite is not there yet' },
  { target: 'bucket', reason: 'GridFS is not there yet' },
];

const ENCRYPTION: readonly SkipRule[] = [
  { entity: 'clientEncryption', reason: 'client-side encryption is not there yet' },
];

/** Cases that contradict the specification they test; its authors know (DRIVERS-2965). */
const CONTRADICTIONS: readonly SkipRule[] = [
  {
    suite: 'client-side-operations-timeout',
    file: 'runCursorCommand',
    test: /^(Non-tailable|Tailable) cursor iteration timeoutMS is refreshed for getMore .*- failure$/,
    reason: 'a getMore that takes 60 ms is expected to exceed a timeoutMS of 100',
  },
  {
    suite: 'client-side-operations-timeout',
    file: 'runCursorCommand',
    test: 'Tailable cursor awaitData iteration timeoutMS is refreshed for getMore - failure',
    reason: 'a timeout is expected where no timeoutMS is set',
  },
];

/** Options that the specifications ask new drivers not to have. */
const DEPRECATED_OPTIONS: readonly SkipRule[] = [
  {
    suite: 'connection-monitoring-and-pooling',
    // Both cases set waitQueueSize, whatever they are called.
    test: /^waitQueue(Size|Multiple) should be included/,
    reason: 'waitQueueSize is deprecated and must not be added (CMAP specification, "Deprecated Options")',
  },
];

const asyncmongoSkips: readonly SkipRule[] = [
  ...MISSING_FEATURES,
  ...CONTRADICTIONS,
  ...ENCRYPTION,
  ...DEPRECATED_OPTIONS,
];

const RULES: Readonly<Record<Driver['name'], readonly SkipRule[]>> = {
  asyncmongo: asyncmongoSkips,
  official: [...officialDriverSkips, ...ENCRYPTION],
};

/** Why a driver does not run a case, or undefined. An operation the driver simply lacks is a reason too. */
export const skipReason = (
  driver: Driver,
  suite: string,
  file: string,
  test: TestCase,
  source: TestFile,
): string | undefined => {
  const operations = allOperations(test.operations);
  const names = new Set(operations.map(({ name }) => name));
  const created = [
    ...(source.createEntities ?? []),
    ...operations.flatMap(({ arguments: args }) => (args?.['entities'] ?? []) as Doc[]),
  ].flatMap((description) => Object.entries(description));
  const entities = new Set(created.map(([type]) => type));
  const typeOf = new Map(created.map(([type, entity]) => [(entity as { readonly id: string }).id, type]));
  const targets = new Set(operations.map(({ object }) => typeOf.get(object)));
  const rules = RULES[driver.name];
  const rule = rules.find(
    (candidate) =>
      (candidate.suite === undefined || candidate.suite === suite) &&
      fits(candidate.file, file) &&
      fits(candidate.test, test.description) &&
      (candidate.operation === undefined || names.has(candidate.operation)) &&
      (candidate.entity === undefined || entities.has(candidate.entity)) &&
      (candidate.target === undefined || targets.has(candidate.target)),
  );
  if (rule) return rule.reason;
  const missing = operations.find(({ name }) => lacks(driver, name));
  return missing && `the ${driver.name} driver has no ${missing.name}`;
};

const fits = (pattern: string | RegExp | undefined, text: string): boolean =>
  pattern === undefined || (typeof pattern === 'string' ? pattern === text : pattern.test(text));

const lacks = (driver: Driver, operation: string): boolean => {
  const keys = Object.keys(OPERATIONS).filter((key) => key.endsWith(`.${operation}`));
  return keys.length > 0 && !keys.some((key) => key in driver.operations);
};

/** The operations of a case, those inside loops, threads and transaction callbacks included. */
const allOperations = (operations: readonly OperationDescription[]): OperationDescription[] =>
  operations.flatMap((operation) => {
    const { operations: nested = [], callback = [], operation: scheduled } = operation.arguments ?? {};
    const inner = [...(nested as OperationDescription[]), ...(callback as OperationDescription[])];
    if (scheduled !== undefined) inner.push(scheduled as OperationDescription);
    return [operation, ...allOperations(inner)];
  });
