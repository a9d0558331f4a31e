import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import { compileExpression, evaluateTop } from '../expression/expression.js';
import { compileFilter } from '../matcher.js';
import { plainPath } from '../path.js';
import { compileSort, sortBy } from '../sort.js';
import { compileTransform } from './transform.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../value.js';
import { fieldPath, stageFields, stageInteger, type StageCompiler } from './stage.js';
import { changePath } from '../update/update-path.js';

const match: StageCompiler = (operand, { evaluation }) => {
  if (!isDoc(operand)) throw new CommandError(15959, 'the match filter must be an expression in an object');
  const predicate = compileFilter(operand, evaluation);
  return function* (input) {
    for (const doc of input) if (predicate(doc)) yield doc;
  };
};

const limit: StageCompiler = (operand, _context, name) => {
  const count = stageInteger(name, operand, 1, 15958);
  return function* (input) {
    let left = count;
    for (const doc of input) {
      yield doc;
      left -= 1;
      if (left === 0) return;
    }
  };
};

const skip: StageCompiler = (operand, _context, name) => {
  const count = stageInteger(name, operand, 0, 15956);
  return function* (input) {
    let left = count;
    for (const doc of input) {
      if (left > 0) left -= 1;
      else yield doc;
    }
  };
};

const sort: StageCompiler = (operand, { evaluation }) => {
  if (!isDoc(operand)) throw new CommandError(15973, 'the $sort key specification must be an object');
  if (operand.size === 0) throw new CommandError(15976, '$sort stage must have at least one sort key');
  const order = compileSort(operand, evaluation);
  return (input) => sortBy(input, order, (doc) => doc);
};

const sample: StageCompiler = (operand, { evaluation }, name) => {
  const fields = stageFields(name, operand, ['size'], []);
  const size = stageInteger(name, fields.get('size'), 0, 28746);
  return (input) => {
    const docs = [...input];
    const count = Math.min(size, docs.length);
    for (let i = 0; i < count; i += 1) {
      const j = i + Math.floor(evaluation.random() * (docs.length - i));
      const [a, b] = [docs[i], docs[j]];
      if (a !== undefined && b !== undefined) [docs[i], docs[j]] = [b, a];
    }
    return docs.slice(0, count);
  };
};

/** Sets or, with undefined, removes the value at a plain path. */
const withPath = (doc: Doc, parts: readonly string[], value: Maybe): Doc =>
  changePath(doc, parts, value !== undefined, () => value);

const unwind: StageCompiler = (operand, _context, name) => {
  const fields = isDoc(operand)
    ? stageFields(name, operand, ['path'], ['includeArrayIndex', 'preserveNullAndEmptyArrays'])
    : new Map<string, Value>([['path', operand]]);
  const parts = fieldPath(name, fields.get('path'), 28818);
  const indexField = fields.get('includeArrayIndex');
  if (
    indexField !== undefined &&
    (typeof indexField !== 'string' || indexField === '' || indexField.startsWith('$'))
  ) {
    throw new CommandError(
      28822,
      `includeArrayIndex option to $unwind stage should not be prefixed with a '$'`,
    );
  }
  const keeps = fields.get('preserveNullAndEmptyArrays') === true;
  const numbered = (doc: Doc, index: Value): Doc =>
    typeof indexField === 'string' ? withPath(doc, indexField.split('.'), index) : doc;
  return function* (input) {
    for (const doc of input) {
      const value = plainPath(doc, parts);
      if (isArray(value)) {
        for (const [i, item] of value.entries()) yield numbered(withPath(doc, parts, item), BigInt(i));
        if (value.length === 0 && keeps) yield numbered(withPath(doc, parts, undefined), null);
      } else if (value !== undefined && value !== null) yield numbered(doc, null);
      else if (keeps) yield numbered(doc, null);
    }
  };
};

const facet: StageCompiler = (operand, context, name) => {
  if (!isDoc(operand))
    throw new CommandError(
      40169,
      `the $facet specification must be a non-empty object, but found: ${typeName(operand)}`,
    );
  if (operand.size === 0)
    throw new CommandError(40169, 'the $facet specification must be a non-empty object');
  const branches = [...operand].map(([field, pipeline]) => {
    if (field.startsWith('$') || field.includes('.')) {
      throw new CommandError(
        40169,
        `$facet output field names may not start with '$' or contain '.': ${field}`,
      );
    }
    if (!isArray(pipeline))
      throw new CommandError(
        40170,
        `arguments to $facet must be arrays, ${field} is type ${typeName(pipeline)}`,
      );
    for (const stage of pipeline) {
      const first = isDoc(stage) ? [...stage.keys()][0] : undefined;
      if (
        first !== undefined &&
        ['$facet', '$out', '$merge', '$geoNear', '$indexStats', '$collStats', '$changeStream'].includes(first)
      ) {
        throw new CommandError(40600, `${first} is not allowed to be used within a ${name} stage`);
      }
    }
    return [field, context.compile(pipeline)] as const;
  });
  return (input) => {
    const docs = [...input];
    return [new Map(branches.map(([field, stage]) => [field, [...stage(docs)] as Value]))];
  };
};

const redact: StageCompiler = (operand, { evaluation }) => {
  const expression = compileExpression(operand, evaluation);
  const visit = (doc: Doc): Doc | undefined => {
    const verdict = evaluateTop(expression, doc, evaluation);
    if (verdict === 'keep') return doc;
    if (verdict === 'prune') return undefined;
    if (verdict !== 'descend') {
      throw new CommandError(
        17053,
        `$redact's expression should not return anything aside from the variables $$KEEP, $$DESCEND, and $$PRUNE, but returned ${typeName(verdict)}`,
      );
    }
    const result: Doc = new Map();
    for (const [key, value] of doc) {
      const kept = descend(value);
      if (kept !== undefined) result.set(key, kept);
    }
    return result;
  };
  const descend = (value: Value): Maybe => {
    if (isDoc(value)) return visit(value);
    if (!isArray(value)) return value;
    return value.flatMap((item) => {
      const kept = descend(item);
      return kept === undefined ? [] : [kept];
    });
  };
  return function* (input) {
    for (const doc of input) {
      const kept = visit(doc);
      if (kept !== undefined) yield kept;
    }
  };
};

const transform: StageCompiler = (operand, { evaluation }, name) => {
  const each = compileTransform(new Map([[name, operand]]), evaluation);
  return function* (input) {
    for (const doc of input) if (each !== undefined) yield each(doc);
  };
};

const documents: StageCompiler = (operand, { evaluation }) => {
  const list = evaluateTop(compileExpression(operand, evaluation), new Map(), evaluation);
  if (!isArray(list)) throw new CommandError(5858203, 'an array is expected');
  const docs = list.map((item) => {
    if (!isDoc(item))
      throw new CommandError(40228, `$documents array elements must be objects, found ${typeName(item)}`);
    return item;
  });
  return (): Iterable<Doc> => docs;
};

/** Stages that pass documents on, order, cut, spread or change them one by one. */
export const FLOW_STAGES: Readonly<Record<string, StageCompiler>> = {
  $addFields: transform,
  $documents: documents,
  $facet: facet,
  $limit: limit,
  $match: match,
  $project: transform,
  $redact: redact,
  $replaceRoot: transform,
  $replaceWith: transform,
  $sample: sample,
  $set: transform,
  $skip: skip,
  $sort: sort,
  $unset: transform,
  $unwind: unwind,
};
