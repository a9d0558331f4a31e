import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import type { Evaluation } from '../evaluation.js';
import { compileExpression, evaluateTop } from '../expression/expression.js';
import { applyTree, emptyTree, plant, type FieldTree } from '../field-tree.js';
import { compileProjection } from '../projection.js';
import { valueText } from '../text.js';
import { isArray, isDoc, type Doc, type Value } from '../value.js';

/** A stage that makes one document of one document; pipelines of updates consist of these. */
export type Transform = (doc: Doc) => Doc;

const checkName = (path: string): void => {
  if (path === '') throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
  if (path.endsWith('.')) throw new CommandError(40353, "FieldPath must not end with a '.'.");
  for (const part of path.split('.')) {
    if (part === '') throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
    if (part.startsWith('$')) {
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    }
  }
};

/** Embedded documents without an operator set fields of the embedded document, one by one. */
const plantFields = (tree: FieldTree, fields: Doc, prefix: string, evaluation: Evaluation): void => {
  for (const [key, operand] of fields) {
    checkName(key);
    const path = prefix + key;
    const nested = isDoc(operand) && operand.size > 0 && [...operand.keys()][0]?.startsWith('$') === false;
    if (nested) plantFields(tree, operand, `${path}.`, evaluation);
    else plant(tree, path, { kind: 'compute', expression: compileExpression(operand, evaluation) });
  }
};

const addFields = (name: string, operand: Value, evaluation: Evaluation): Transform => {
  if (!isDoc(operand)) {
    throw new CommandError(40272, `${name} specification stage must be an object, got ${typeName(operand)}`);
  }
  const tree = emptyTree();
  plantFields(tree, operand, '', evaluation);
  return (doc) => applyTree(doc, tree, { root: doc, evaluation, keepOthers: true, context: undefined });
};

const project = (operand: Value, evaluation: Evaluation): Transform => {
  if (!isDoc(operand)) throw new CommandError(15969, '$project specification must be an object');
  if (operand.size === 0) {
    throw new CommandError(
      51272,
      'Invalid $project :: caused by :: projection specification must have at least one field',
    );
  }
  const projection = compileProjection(operand, evaluation, { find: false, expressions: true });
  return (doc) => projection.apply(doc);
};

const unset = (operand: Value, evaluation: Evaluation): Transform => {
  const paths = isArray(operand) ? operand : [operand];
  if (paths.length === 0)
    throw new CommandError(
      31119,
      '$unset specification must be a string or an array with at least one field',
    );
  const specification: Doc = new Map();
  for (const path of paths) {
    if (typeof path !== 'string') {
      throw new CommandError(
        31120,
        '$unset specification must be a string or an array containing only string values',
      );
    }
    checkName(path);
    specification.set(path, 0);
  }
  return project(specification, evaluation);
};

const replaceRoot = (operand: Value, evaluation: Evaluation): Transform => {
  const expression = compileExpression(operand, evaluation);
  return (doc) => {
    const root = evaluateTop(expression, doc, evaluation);
    if (isDoc(root)) return root;
    throw new CommandError(
      40228,
      `'newRoot' expression must evaluate to an object, but resulting value was: ${valueText(root)}. Type of resulting value: '${typeName(root)}'.`,
    );
  };
};

const newRoot = (operand: Value): Value => {
  if (!isDoc(operand))
    throw new CommandError(
      40229,
      `expected an object as specification for $replaceRoot stage, got ${typeName(operand)}`,
    );
  for (const key of operand.keys()) {
    if (key !== 'newRoot')
      throw new CommandError(40415, `BSON field '$replaceRoot.${key}' is an unknown field.`);
  }
  const root = operand.get('newRoot');
  if (root === undefined)
    throw new CommandError(40414, "BSON field '$replaceRoot.newRoot' is missing but a required field");
  return root;
};

/** Compiles a stage that works on single documents; undefined for every other stage. */
export const compileTransform = (stage: Doc, evaluation: Evaluation): Transform | undefined => {
  const [name] = stage.keys();
  if (stage.size !== 1 || name === undefined) {
    throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  const operand = stage.get(name) ?? null;
  switch (name) {
    case '$addFields':
    case '$set':
      return addFields(name, operand, evaluation);
    case '$project':
      return project(operand, evaluation);
    case '$unset':
      return unset(operand, evaluation);
    case '$replaceRoot':
      return replaceRoot(newRoot(operand), evaluation);
    case '$replaceWith':
      return replaceRoot(operand, evaluation);
    default:
      return undefined;
  }
};
