import { compare, equal, keyOf } from '../bson-order.js';
import { typeName } from '../bson-type.js';
import type { Evaluation } from '../evaluation.js';
import { compileFilter, compileElement, isOperatorDoc } from '../matcher.js';
import { exactInteger, isNumber } from '../number.js';
import { compileSort } from '../sort.js';
import { docText } from '../text.js';
import { isArray, isDoc, type Doc, type Maybe, type Value, RegExpValue } from '../value.js';
import { badValue, failedToParse, type ModifierFactory, type ModifierRun } from './modifier.js';
import { CommandError } from '../../command-error.js';

const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

const arrayAt = (operator: string, current: Maybe, run: ModifierRun, path: string): readonly Value[] => {
  if (isArray(current)) return current;
  if (current === undefined) return [];
  if (operator === '$push') {
    return badValue(
      `The field '${path}' must be an array but is of type ${typeName(current)} in document ${run.idText}`,
    );
  }
  if (operator === '$addToSet') {
    return badValue(
      `Cannot apply $addToSet to non-array field. Field named '${lastPart(path)}' has non-array type ${typeName(current)}`,
    );
  }
  if (operator === '$pop') {
    throw new CommandError(
      'TypeMismatch',
      `Path '${path}' contains an element of non-array type '${typeName(current)}'`,
    );
  }
  return badValue(`Cannot apply ${operator} to a non-array value`);
};

const integerClause = (name: string, value: Value): number => {
  const integer = isNumber(value) ? exactInteger(value) : undefined;
  return integer === undefined
    ? badValue(`The value for ${name} must be an integer value but was given type: ${typeName(value)}`)
    : Number(integer);
};

const eachClause = (operator: string, value: Value | undefined): readonly Value[] => {
  if (isArray(value)) return value;
  const message = `The argument to $each in ${operator} must be an array but it was of type: ${typeName(value)}`;
  return operator === '$push' ? badValue(message) : typeMismatch(message);
};

const typeMismatch = (message: string): never => {
  throw new CommandError('TypeMismatch', message);
};

/** The order of `$sort` inside `$push`: of whole values for 1 and -1, of documents by their fields otherwise. */
const sorter = (by: Value, evaluation: Evaluation): ((values: Value[]) => Value[]) => {
  if (isDoc(by)) {
    if (by.size === 0) return badValue('The $sort pattern is empty when it should be a set of fields.');
    const order = compileSort(by, evaluation);
    return (values) =>
      values
        .map((value) => ({ value, key: order.keyOf(isDoc(value) ? value : new Map()) }))
        .sort((a, b) => order.compareKeys(a.key, b.key))
        .map(({ value }) => value);
  }
  const direction = isNumber(by) ? Number(exactInteger(by) ?? 0n) : 0;
  if (direction !== 1 && direction !== -1) return badValue('The $sort element value must be either 1 or -1');
  return (values) => values.sort((a, b) => direction * compare(a, b, evaluation.collation));
};

const push: ModifierFactory = (operand, _path, evaluation) => {
  const clauses: Doc | undefined = isDoc(operand) && operand.has('$each') ? operand : undefined;
  if (clauses === undefined) {
    return {
      creates: true,
      apply: (current, run, path) => [...arrayAt('$push', current, run, path), operand],
    };
  }
  for (const name of clauses.keys()) {
    if (!['$each', '$position', '$slice', '$sort'].includes(name))
      badValue(`Unrecognized clause in $push: ${name}`);
  }
  const each = eachClause('$push', clauses.get('$each'));
  const [position, slice, sort] = ['$position', '$slice', '$sort'].map((name) => clauses.get(name));
  const at = position === undefined ? undefined : integerClause('$position', position);
  const cut = slice === undefined ? undefined : integerClause('$slice', slice);
  const arrange = sort === undefined ? undefined : sorter(sort, evaluation);
  return {
    creates: true,
    apply: (current, run, path) => {
      const values = [...arrayAt('$push', current, run, path)];
      const index = at === undefined ? values.length : at < 0 ? Math.max(0, values.length + at) : at;
      values.splice(index, 0, ...each);
      const arranged = arrange?.(values) ?? values;
      if (cut === undefined) return arranged;
      return cut === 0 ? [] : cut > 0 ? arranged.slice(0, cut) : arranged.slice(cut);
    },
  };
};

const addToSet: ModifierFactory = (operand, _path, { collation }) => {
  const many = isDoc(operand) && [...operand.keys()][0] === '$each';
  const each = many ? eachClause('$addToSet', operand.get('$each')) : [operand];
  return {
    creates: true,
    apply: (current, run, path) => {
      const values = arrayAt('$addToSet', current, run, path);
      const known = new Set(values.map((value) => keyOf(value, collation)));
      const added = each.filter((value) => {
        const key = keyOf(value, collation);
        return !known.has(key) && known.add(key);
      });
      return added.length === 0 && current !== undefined ? current : [...values, ...added];
    },
  };
};

const pop: ModifierFactory = (operand, path) => {
  const end = isNumber(operand) ? exactInteger(operand) : undefined;
  if (!isNumber(operand)) return failedToParse(`Expected a number in: ${path}: ${typeName(operand)}`);
  if (end !== 1n && end !== -1n)
    return failedToParse(`$pop expects 1 or -1, found: ${String(end ?? operand)}`);
  return {
    creates: false,
    apply: (current, run, at) => {
      const values = arrayAt('$pop', current, run, at);
      if (values.length === 0) return current;
      return end === 1n ? values.slice(0, -1) : values.slice(1);
    },
  };
};

/** Which elements `$pull` removes: by operators, by a filter on documents, by a pattern, or by equality. */
const pullTest = (operand: Value, evaluation: Evaluation): ((item: Value) => boolean) => {
  if (isOperatorDoc(operand)) return compileElement(operand, evaluation);
  if (isDoc(operand)) {
    const predicate = compileFilter(operand, evaluation);
    return (item) => isDoc(item) && predicate(item);
  }
  if (operand instanceof RegExpValue) return compileElement(new Map([['$regex', operand]]), evaluation);
  return (item) => equal(item, operand, evaluation.collation);
};

const removal = (operator: string, test: (item: Value) => boolean) => ({
  creates: false,
  apply: (current: Maybe, run: ModifierRun, path: string): Maybe => {
    const kept = arrayAt(operator, current, run, path).filter((item) => !test(item));
    return isArray(current) && kept.length === current.length ? current : kept;
  },
});

const pull: ModifierFactory = (operand, _path, evaluation) => removal('$pull', pullTest(operand, evaluation));

const pullAll: ModifierFactory = (operand, path, { collation }) => {
  if (!isArray(operand))
    return badValue(
      `$pullAll requires an array argument but was given a ${typeName(operand)}: ${docText([[path, operand]])}`,
    );
  const keys = new Set(operand.map((item) => keyOf(item, collation)));
  return removal('$pullAll', (item) => keys.has(keyOf(item, collation)));
};

/** Operators on the elements of an array field. */
export const ARRAY_MODIFIERS: Readonly<Record<string, ModifierFactory>> = {
  $addToSet: addToSet,
  $pop: pop,
  $pull: pull,
  $pullAll: pullAll,
  $push: push,
};
