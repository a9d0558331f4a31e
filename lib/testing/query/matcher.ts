import { CommandError } from '../command-error.js';
import type { Evaluation } from './evaluation.js';
import { compileExpression, evaluateTop } from './expression/expression.js';
import { truthy } from './expression/truth.js';
import { compileSchema } from './json-schema.js';
import { leafTest, type LeafTest } from './leaf-test.js';
import { exactInteger } from './number.js';
import { visitPath } from './path.js';
import { isArray, isDoc, type Doc, type Value, RegExpValue } from './value.js';

/** Filled in by a match on an array: the index the positional operator `$` stands for. */
export interface MatchDetails {
  index: number | undefined;
}

export type Predicate = (doc: Doc, details?: MatchDetails) => boolean;

const all =
  (predicates: readonly Predicate[]): Predicate =>
  (doc, details) =>
    predicates.every((predicate) => predicate(doc, details));

const any =
  (predicates: readonly Predicate[]): Predicate =>
  (doc, details) =>
    predicates.some((predicate) => predicate(doc, details));

/** A negation tells nothing about array positions. */
const negate =
  (predicate: Predicate): Predicate =>
  (doc) =>
    !predicate(doc);

/** Tests the values at a path; `expand` offers the elements of a leaf array one by one as well. */
const atPath = (path: string, expand: boolean, test: LeafTest): Predicate => {
  const parts = path.split('.');
  const single = parts.length === 1 ? path : undefined;
  return (doc, details) => {
    if (single !== undefined) {
      const value = doc.get(single);
      if (!isArray(value)) return test(value);
    }
    return visitPath(doc, parts, expand, (value, outer) => {
      if (!test(value)) return false;
      if (details !== undefined && outer !== undefined) details.index = outer;
      return true;
    });
  };
};

/** `{$gt: 1}` and the like: a document whose first key starts with `$`, except for the fields of a DBRef. */
export const isOperatorDoc = (value: Value): value is Doc => {
  if (!isDoc(value)) return false;
  const first = value.keys().next();
  return first.done !== true && first.value.startsWith('$') && !['$ref', '$id', '$db'].includes(first.value);
};

const compileList = (operator: string, operand: Value, evaluation: Evaluation): Predicate[] => {
  if (!isArray(operand)) throw new CommandError('BadValue', `${operator} must be an array`);
  if (operand.length === 0)
    throw new CommandError('BadValue', `${operator} argument must be a non-empty array`);
  return operand.map((item) => {
    if (!isDoc(item)) throw new CommandError('BadValue', `${operator} argument's entries must be objects`);
    return compileFilter(item, evaluation);
  });
};

const textNeedsIndex = (): never => {
  throw new CommandError('IndexNotFound', 'text index required for $text query');
};

const compileTop = (operator: string, operand: Value, evaluation: Evaluation): Predicate => {
  switch (operator) {
    case '$and':
      return all(compileList(operator, operand, evaluation));
    case '$or':
      return any(compileList(operator, operand, evaluation));
    case '$nor':
      return negate(any(compileList(operator, operand, evaluation)));
    case '$comment':
      return () => true;
    case '$expr': {
      const expression = compileExpression(operand, evaluation);
      return (doc) => truthy(evaluateTop(expression, doc, evaluation));
    }
    case '$jsonSchema': {
      if (!isDoc(operand)) throw new CommandError('TypeMismatch', '$jsonSchema must be an object');
      return compileSchema(operand).test;
    }
    case '$alwaysTrue':
      return () => true;
    case '$alwaysFalse':
      return () => false;
    case '$sampleRate': {
      const rate = Number(String(operand));
      return () => evaluation.random() < rate;
    }
    case '$text':
      return textNeedsIndex();
    case '$where':
      if (evaluation.where === undefined) {
        throw new CommandError('BadValue', '$where is not allowed in this context');
      }
      return evaluation.where(operand);
    default:
      throw new CommandError(
        'BadValue',
        `unknown top level operator: ${operator}. If you have a field name that starts with a '$' symbol, ` +
          'consider using $getField or $setField.',
      );
  }
};

const compileNot = (path: string, operand: Value, evaluation: Evaluation, expand: boolean): Predicate => {
  if (operand instanceof RegExpValue)
    return negate(atPath(path, expand, leafTest('$regex', operand, evaluation)));
  if (!isDoc(operand)) throw new CommandError('BadValue', '$not needs a regex or a document');
  if (operand.size === 0) throw new CommandError('BadValue', '$not cannot be empty');
  return negate(compileOperators(path, operand, evaluation, expand));
};

/** Array elements that are documents are matched by a filter, other values by operators on the value itself. */
const compileElemMatch = (operand: Value, evaluation: Evaluation): LeafTest => {
  if (!isDoc(operand)) throw new CommandError('BadValue', '$elemMatch needs an Object');
  const indexOf = compileElement(operand, evaluation);
  return (value) => isArray(value) && value.findIndex(indexOf) >= 0;
};

const LOGICAL = new Set(['$and', '$or', '$nor', '$where', '$expr', '$jsonSchema', '$comment']);

/** The test of one array element for `$elemMatch`, in queries and projections. */
export const compileElement = (operand: Doc, evaluation: Evaluation): ((item: Value) => boolean) => {
  const [first] = operand.keys();
  if (isOperatorDoc(operand) && first !== undefined && !LOGICAL.has(first)) {
    const predicate = compileOperators('v', operand, evaluation, false);
    return (item) => predicate(new Map([['v', item]]));
  }
  const predicate = compileFilter(operand, evaluation);
  return (item) => {
    if (isDoc(item)) return predicate(item);
    return isArray(item) && predicate(new Map(item.map((value, i) => [String(i), value])));
  };
};

const elemMatchPredicate = (path: string, operand: Value, evaluation: Evaluation): Predicate => {
  const test = compileElemMatch(operand, evaluation);
  const find = isDoc(operand) ? compileElement(operand, evaluation) : undefined;
  const parts = path.split('.');
  return (doc, details) =>
    visitPath(doc, parts, false, (value, outer) => {
      if (!test(value)) return false;
      if (details !== undefined && isArray(value) && find !== undefined)
        details.index = outer ?? value.findIndex(find);
      return true;
    });
};

const compileAll = (path: string, operand: Value, evaluation: Evaluation): Predicate => {
  if (!isArray(operand)) throw new CommandError('BadValue', '$all needs an array');
  if (operand.length === 0) return () => false;
  return all(
    operand.map((item) => {
      if (isOperatorDoc(item)) {
        if (!item.has('$elemMatch')) throw new CommandError('BadValue', 'no $ expressions in $all');
        return elemMatchPredicate(path, item.get('$elemMatch') ?? null, evaluation);
      }
      const operator = item instanceof RegExpValue ? '$regex' : '$eq';
      return atPath(path, true, leafTest(operator, item, evaluation));
    }),
  );
};

const compileSize = (path: string, operand: Value): Predicate => {
  const size = exactInteger(operand);
  if (size === undefined)
    throw new CommandError('FailedToParse', `Failed to parse $size. Expected an integer`);
  if (size < 0n) throw new CommandError('BadValue', `Failed to parse $size. Expected a non-negative number`);
  return atPath(path, false, (value) => isArray(value) && value.length === Number(size));
};

const compileOperator = (
  path: string,
  operator: string,
  operand: Value,
  operators: Doc,
  evaluation: Evaluation,
  expand: boolean,
): Predicate => {
  switch (operator) {
    case '$ne':
      if (operand instanceof RegExpValue)
        throw new CommandError('BadValue', "Can't have regex as arg to $ne.");
      return negate(atPath(path, expand, leafTest('$eq', operand, evaluation)));
    case '$nin':
      return negate(atPath(path, expand, leafTest('$in', operand, evaluation)));
    case '$not':
      return compileNot(path, operand, evaluation, expand);
    case '$exists': {
      const exists = atPath(path, false, (value) => value !== undefined);
      return truthy(operand) ? exists : negate(exists);
    }
    case '$elemMatch':
      return elemMatchPredicate(path, operand, evaluation);
    case '$all':
      return compileAll(path, operand, evaluation);
    case '$size':
      return compileSize(path, operand);
    case '$comment':
      return () => true;
    case '$options':
      if (!operators.has('$regex')) throw new CommandError('BadValue', '$options needs a $regex');
      return () => true;
    case '$regex':
      return atPath(path, expand, leafTest('$regex', operand, evaluation, operators.get('$options')));
    default:
      return atPath(path, expand, leafTest(operator, operand, evaluation));
  }
};

/** All operators of `{$gt: 1, $lt: 5}` on one path. */
const compileOperators = (path: string, operators: Doc, evaluation: Evaluation, expand = true): Predicate =>
  all(
    [...operators].map(([operator, operand]) =>
      compileOperator(path, operator, operand, operators, evaluation, expand),
    ),
  );

const compileField = (path: string, operand: Value, evaluation: Evaluation): Predicate => {
  if (isOperatorDoc(operand)) return compileOperators(path, operand, evaluation);
  const operator = operand instanceof RegExpValue ? '$regex' : '$eq';
  return atPath(path, true, leafTest(operator, operand, evaluation));
};

/** Compiles a filter. Errors are those of the server's parser. */
export const compileFilter = (filter: Doc, evaluation: Evaluation): Predicate => {
  if (filter.size === 0) return () => true;
  const predicates: Predicate[] = [];
  for (const [key, operand] of filter) {
    predicates.push(
      key.startsWith('$') && !['$ref', '$id', '$db'].includes(key)
        ? compileTop(key, operand, evaluation)
        : compileField(key, operand, evaluation),
    );
  }
  return predicates.length === 1 && predicates[0] !== undefined ? predicates[0] : all(predicates);
};
