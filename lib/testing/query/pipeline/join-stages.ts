import { CommandError } from '../../command-error.js';
import { keyOf } from '../bson-order.js';
import { typeName } from '../bson-type.js';
import { compileExpression, evaluateTop } from '../expression/expression.js';
import type { Evaluation, PipelineSource } from '../evaluation.js';
import { compileFilter } from '../matcher.js';
import { exactInteger } from '../number.js';
import { valuesAt } from '../path.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../value.js';
import { changePath } from '../update/update-path.js';
import { stageFields, stageString, type StageCompiler, type StageContext } from './stage.js';

const sourceOf = (name: string, { source }: Evaluation): PipelineSource => {
  if (source === undefined) throw new CommandError('InvalidOptions', `${name} is not allowed here`);
  return source;
};

/** The keys a document is found by on one side of an equality; missing counts as null, arrays by their elements. */
const joinKeys = (doc: Doc, parts: readonly string[], { collation }: Evaluation): Set<string> => {
  const keys = new Set<string>();
  for (const value of valuesAt(doc, parts).values) keys.add(keyOf(value ?? null, collation));
  if (keys.size === 0) keys.add(keyOf(null));
  return keys;
};

/** Finds foreign documents by an equality; the index over them is made at the first look-up. */
const equalityLookup = (docs: () => Iterable<Doc>, foreignField: string, evaluation: Evaluation) => {
  const parts = foreignField.split('.');
  let index: Map<string, number[]> | undefined;
  let all: Doc[] = [];
  const build = (): Map<string, number[]> => {
    all = [...docs()];
    const built = new Map<string, number[]>();
    for (const [i, doc] of all.entries()) {
      for (const key of joinKeys(doc, parts, evaluation)) {
        const list = built.get(key);
        if (list === undefined) built.set(key, [i]);
        else list.push(i);
      }
    }
    return built;
  };
  return (keys: Iterable<string>): Doc[] => {
    const byKey = (index ??= build());
    const found = new Set<number>();
    for (const key of keys) byKey.get(key)?.forEach((i) => found.add(i));
    return [...found].sort((a, b) => a - b).flatMap((i) => all[i] ?? []);
  };
};

const variablesOf = (name: string, operand: Maybe, evaluation: Evaluation) => {
  if (operand === undefined) return [];
  if (!isDoc(operand))
    throw new CommandError(
      'FailedToParse',
      `${name} argument 'let' must be an object, found ${typeName(operand)}`,
    );
  return [...operand].map(
    ([variable, expression]) => [variable, compileExpression(expression, evaluation)] as const,
  );
};

const pipelineOf = (name: string, operand: Maybe): readonly Value[] | undefined => {
  if (operand === undefined) return undefined;
  if (!isArray(operand))
    throw new CommandError('TypeMismatch', `'pipeline' option of ${name} must be specified as an array`);
  for (const stage of operand) {
    const first = isDoc(stage) ? [...stage.keys()][0] : undefined;
    if (first === '$out' || first === '$merge') {
      throw new CommandError(51047, `${first} is not allowed within a ${name}'s sub-pipeline`);
    }
  }
  return operand;
};

const namespaceOf = (name: string, fields: Doc, key: string): string => {
  const value = fields.get(key);
  if (isDoc(value))
    throw new CommandError(
      'FailedToParse',
      `${name} from another database is not supported by the embedded deployment`,
    );
  return stageString(name, fields, key);
};

const lookup: StageCompiler = (operand, context, name) => {
  const { evaluation } = context;
  const fields = stageFields(
    name,
    operand,
    ['as'],
    ['from', 'localField', 'foreignField', 'let', 'pipeline'],
  );
  const as = stageString(name, fields, 'as').split('.');
  const pipeline = pipelineOf(name, fields.get('pipeline'));
  const local = fields.has('localField') ? stageString(name, fields, 'localField').split('.') : undefined;
  const foreign = fields.has('foreignField') ? stageString(name, fields, 'foreignField') : undefined;
  if ((local === undefined) !== (foreign === undefined) || (local === undefined && pipeline === undefined)) {
    throw new CommandError(
      'FailedToParse',
      `$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified`,
    );
  }
  const variables = variablesOf(name, fields.get('let'), evaluation);
  const from = fields.has('from') ? namespaceOf(name, fields, 'from') : undefined;
  if (pipeline !== undefined) checkPipeline(pipeline, variables, context);
  return function* (input) {
    const docs = (): Iterable<Doc> => (from === undefined ? [] : sourceOf(name, evaluation).read(from));
    const find = foreign === undefined ? undefined : equalityLookup(docs, foreign, evaluation);
    for (const doc of input) {
      const matches =
        find === undefined || local === undefined ? docs() : find(joinKeys(doc, local, evaluation));
      const joined =
        pipeline === undefined ? matches : subPipeline(pipeline, doc, variables, context)(matches);
      yield changePath(doc, as, true, () => [...joined]);
    }
  };
};

type Variables = ReturnType<typeof variablesOf>;

const subPipeline = (pipeline: readonly Value[], doc: Doc, variables: Variables, context: StageContext) => {
  const bound = new Map<string, Value>();
  for (const [variable, expression] of variables) {
    const value = evaluateTop(expression, doc, context.evaluation);
    if (value !== undefined) bound.set(variable, value);
  }
  return context.compile(pipeline, bound);
};

/** Errors of the inner pipeline come at once, not with the first document. */
const checkPipeline = (pipeline: readonly Value[], variables: Variables, context: StageContext): void => {
  context.compile(pipeline, new Map(variables.map(([variable]) => [variable, null])));
};

const graphLookup: StageCompiler = (operand, { evaluation }, name) => {
  const fields = stageFields(
    name,
    operand,
    ['from', 'startWith', 'connectFromField', 'connectToField', 'as'],
    ['maxDepth', 'depthField', 'restrictSearchWithMatch'],
  );
  const [from, as] = [namespaceOf(name, fields, 'from'), stageString(name, fields, 'as').split('.')];
  const start = compileExpression(fields.get('startWith') ?? null, evaluation);
  const connectFrom = stageString(name, fields, 'connectFromField').split('.');
  const connectTo = stageString(name, fields, 'connectToField');
  const depthField = fields.get('depthField');
  const limit = fields.get('maxDepth');
  const maxDepth = limit === undefined ? Infinity : Number(exactInteger(limit) ?? -1n);
  if (maxDepth < 0)
    throw new CommandError(40101, `maxDepth requires a nonnegative argument, found: ${String(limit)}`);
  const restriction = fields.get('restrictSearchWithMatch');
  if (restriction !== undefined && !isDoc(restriction))
    throw new CommandError(40185, 'restrictSearchWithMatch must be an object');
  const allowed = restriction === undefined ? undefined : compileFilter(restriction, evaluation);
  return function* (input) {
    const docs = function* (): Iterable<Doc> {
      for (const doc of sourceOf(name, evaluation).read(from)) if (allowed?.(doc) !== false) yield doc;
    };
    const find = equalityLookup(docs, connectTo, evaluation);
    for (const doc of input) {
      const found = new Map<string, Doc>();
      const first = evaluateTop(start, doc, evaluation);
      let frontier = new Set(
        (isArray(first) ? first : [first ?? null]).map((value) => keyOf(value, evaluation.collation)),
      );
      for (let depth = 0; depth <= maxDepth && frontier.size > 0; depth += 1) {
        const next = new Set<string>();
        for (const reached of find(frontier)) {
          const id = keyOf(reached.get('_id'));
          if (found.has(id)) continue;
          found.set(
            id,
            typeof depthField === 'string' ? new Map([...reached, [depthField, BigInt(depth)]]) : reached,
          );
          for (const key of joinKeys(reached, connectFrom, evaluation)) next.add(key);
        }
        frontier = next;
      }
      yield changePath(doc, as, true, () => [...found.values()]);
    }
  };
};

const unionWith: StageCompiler = (operand, context, name) => {
  const fields =
    typeof operand === 'string'
      ? new Map<string, Value>([['coll', operand]])
      : stageFields(name, operand, [], ['coll', 'pipeline']);
  const collection = fields.has('coll') ? namespaceOf(name, fields, 'coll') : undefined;
  const pipeline = pipelineOf(name, fields.get('pipeline'));
  const stage = pipeline === undefined ? undefined : context.compile(pipeline);
  return function* (input) {
    yield* input;
    const docs = collection === undefined ? [] : sourceOf(name, context.evaluation).read(collection);
    yield* stage === undefined ? docs : stage(docs);
  };
};

/** Stages that read another collection. */
export const JOIN_STAGES: Readonly<Record<string, StageCompiler>> = {
  $graphLookup: graphLookup,
  $lookup: lookup,
  $unionWith: unionWith,
};
