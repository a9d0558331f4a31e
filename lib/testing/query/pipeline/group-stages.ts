import { CommandError } from '../../command-error.js';
import { compare, keyOf } from '../bson-order.js';
import { typeName } from '../bson-type.js';
import { compileAccumulator, isAccumulator, type Accumulation } from '../expression/accumulators.js';
import { compileExpression, evaluateTop, scopeOf, topCompiler } from '../expression/expression.js';
import type { Evaluation } from '../evaluation.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../value.js';
import { stageFields, type Stage, type StageCompiler } from './stage.js';

type Accumulator = readonly [field: string, start: () => Accumulation];

const compileFields = (fields: Iterable<readonly [string, Value]>, evaluation: Evaluation): Accumulator[] =>
  Array.from(fields, ([field, specification]) => {
    if (field.includes('.')) {
      throw new CommandError(40235, `The field name '${field}' cannot contain '.'`);
    }
    if (field.startsWith('$'))
      throw new CommandError(40236, `The field name '${field}' cannot be an operator name`);
    const [name, other] = isDoc(specification) ? [...specification.keys()] : [];
    if (!isDoc(specification) || name?.startsWith('$') !== true) {
      throw new CommandError(40234, `The field '${field}' must be an accumulator object`);
    }
    if (other !== undefined)
      throw new CommandError(40238, `The field '${field}' must specify one accumulator`);
    if (!isAccumulator(name)) throw new CommandError(15952, `unknown group operator '${name}'`);
    return [
      field,
      compileAccumulator(name, specification.get(name) ?? null, topCompiler(evaluation), evaluation),
    ] as const;
  });

interface Group {
  readonly id: Value;
  readonly accumulations: readonly (readonly [string, Accumulation])[];
}

/** Groups by a value of each document; groups come in the order in which they were first seen. */
const groupBy = (
  idOf: (doc: Doc) => Maybe,
  accumulators: readonly Accumulator[],
  evaluation: Evaluation,
): Stage =>
  function* (input) {
    const groups = new Map<string, Group>();
    for (const doc of input) {
      const id = idOf(doc) ?? null;
      const key = keyOf(id, evaluation.collation);
      let group = groups.get(key);
      if (group === undefined) {
        group = { id, accumulations: accumulators.map(([field, start]) => [field, start()] as const) };
        groups.set(key, group);
      }
      const scope = scopeOf(doc, evaluation);
      for (const [, accumulation] of group.accumulations) accumulation.add(scope);
    }
    for (const { id, accumulations } of groups.values()) {
      const result: Doc = new Map([['_id', id]]);
      for (const [field, accumulation] of accumulations) result.set(field, accumulation.result ?? null);
      yield result;
    }
  };

const group: StageCompiler = (operand, { evaluation }) => {
  if (!isDoc(operand)) throw new CommandError(15947, "a group's fields must be specified in an object");
  const id = operand.get('_id');
  if (id === undefined) throw new CommandError(15955, 'a group specification must include an _id');
  const expression = compileExpression(id, evaluation);
  const accumulators = compileFields(
    [...operand].filter(([field]) => field !== '_id'),
    evaluation,
  );
  return groupBy((doc) => evaluateTop(expression, doc, evaluation), accumulators, evaluation);
};

const count: StageCompiler = (operand) => {
  if (typeof operand !== 'string')
    throw new CommandError(40156, 'the count field must be a non-empty string');
  if (operand === '') throw new CommandError(40157, 'the count field must be a non-empty string');
  if (operand.startsWith('$')) throw new CommandError(40158, 'the count field cannot be a $-prefixed path');
  if (operand.includes('.')) throw new CommandError(40160, "the count field cannot contain '.'");
  return (input) => {
    let total = 0;
    for (const _doc of input) total += 1;
    return total === 0 ? [] : [new Map([[operand, total]])];
  };
};

const sortByCount: StageCompiler = (operand, { evaluation }) => {
  if (!isDoc(operand) && !(typeof operand === 'string' && operand.startsWith('$'))) {
    throw new CommandError(
      40149,
      'the sortByCount field must be defined as a $-prefixed path or an expression inside an object',
    );
  }
  const expression = compileExpression(operand, evaluation);
  const grouped = groupBy(
    (doc) => evaluateTop(expression, doc, evaluation),
    compileFields([['count', new Map([['$sum', 1]])]], evaluation),
    evaluation,
  );
  return (input) => [...grouped(input)].sort((a, b) => compare(b.get('count'), a.get('count')));
};

const DEFAULT_OUTPUT: Doc = new Map<string, Value>([['count', new Map([['$sum', 1]])]]);

const boundariesOf = (value: Maybe, evaluation: Evaluation): readonly Value[] => {
  if (!isArray(value))
    throw new CommandError(
      40200,
      `The $bucket 'boundaries' field must be an array, but found type: ${typeName(value)}.`,
    );
  if (value.length < 2) {
    throw new CommandError(
      40192,
      `The $bucket 'boundaries' field must have at least 2 values, but found ${value.length} value(s).`,
    );
  }
  for (let i = 1; i < value.length; i += 1) {
    if (compare(value[i - 1], value[i], evaluation.collation) >= 0) {
      throw new CommandError(
        40194,
        "The 'boundaries' option to $bucket must be sorted, but elements are not in ascending order",
      );
    }
  }
  return value;
};

const bucket: StageCompiler = (operand, { evaluation }, name) => {
  const fields = stageFields(name, operand, ['groupBy', 'boundaries'], ['default', 'output']);
  const expression = compileExpression(fields.get('groupBy') ?? null, evaluation);
  const boundaries = boundariesOf(fields.get('boundaries'), evaluation);
  const otherwise = fields.get('default');
  const output = fields.get('output') ?? DEFAULT_OUTPUT;
  if (!isDoc(output)) throw new CommandError(40196, "The $bucket 'output' field must be an object");
  const idOf = (doc: Doc): Value => {
    const value = evaluateTop(expression, doc, evaluation);
    for (let i = boundaries.length - 2; i >= 0; i -= 1) {
      if (compare(value, boundaries[i], evaluation.collation) < 0) continue;
      if (compare(value, boundaries[i + 1], evaluation.collation) < 0) return boundaries[i] ?? null;
      break;
    }
    if (otherwise !== undefined) return otherwise;
    throw new CommandError(
      40066,
      'PlanExecutor error during aggregation :: caused by :: $switch could not find a matching branch for an input, and no default was specified.',
    );
  };
  const grouped = groupBy(idOf, compileFields(output, evaluation), evaluation);
  return (input) =>
    [...grouped(input)].sort((a, b) => compare(a.get('_id'), b.get('_id'), evaluation.collation));
};

/** Stages that make one document of many. */
export const GROUP_STAGES: Readonly<Record<string, StageCompiler>> = {
  $bucket: bucket,
  $count: count,
  $group: group,
  $sortByCount: sortByCount,
};
