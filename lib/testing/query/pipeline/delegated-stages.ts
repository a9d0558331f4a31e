import { Context, ProcessingMode } from 'mingo';
import { Lazy } from 'mingo/lazy';
import * as accumulators from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import * as stages from 'mingo/operators/pipeline';
import * as windows from 'mingo/operators/window';
import type { Options } from 'mingo/types';
import type { Evaluation } from '../evaluation.js';
import { delegate } from '../expression/delegated.js';
import { fromPlain, toPlain } from '../plain.js';
import type { Doc } from '../value.js';
import type { StageCompiler } from './stage.js';

type MingoStage = (input: unknown, operand: never, options: Options) => Iterable<Record<string, unknown>>;

/** Where a plain document came from; no field of a document has this name. */
const ORIGIN = '\u0000origin';

const optionsOf = (evaluation: Evaluation): Options => ({
  idKey: '_id',
  scriptEnabled: true,
  useStrictMode: true,
  failOnError: true,
  processingMode: ProcessingMode.CLONE_OFF,
  variables: Object.fromEntries([...evaluation.variables].map(([name, value]) => [name, toPlain(value)])),
  context: Context.init({
    accumulator: accumulators,
    expression: expressions,
    pipeline: stages,
    window: windows,
  }),
});

/** Fields that the stage left as they were keep their BSON value; others are read back from JavaScript values. */
const readBack = (
  plain: Record<string, unknown>,
  docs: readonly Doc[],
  plains: readonly Record<string, unknown>[],
): Doc => {
  const index = plain[ORIGIN];
  const original = typeof index === 'number' ? docs[index] : undefined;
  const before = typeof index === 'number' ? plains[index] : undefined;
  const result: Doc = new Map();
  for (const [key, value] of Object.entries(plain)) {
    if (key === ORIGIN) continue;
    const kept = before !== undefined && before[key] === value ? original?.get(key) : undefined;
    result.set(key, kept ?? fromPlain(value));
  }
  return result;
};

/** Stages that `mingo` runs, on documents of JavaScript values. */
const delegated =
  (stage: unknown): StageCompiler =>
  (operand, { evaluation }, name) =>
  (input) => {
    const docs = [...input];
    const plains = docs.map((doc, i) => ({ ...(toPlain(doc) as Record<string, unknown>), [ORIGIN]: i }));
    return delegate(name, () =>
      Array.from(
        (stage as MingoStage)(Lazy(plains), toPlain(operand) as never, optionsOf(evaluation)),
        (plain) => readBack(plain, docs, plains),
      ),
    );
  };

export const DELEGATED_STAGES: Readonly<Record<string, StageCompiler>> = {
  $bucketAuto: delegated(stages.$bucketAuto),
  $densify: delegated(stages.$densify),
  $fill: delegated(stages.$fill),
  $setWindowFields: delegated(stages.$setWindowFields),
};
