import { CommandError } from '../command-error.js';
import { evaluateTop, type Expression } from './expression/expression.js';
import type { Evaluation } from './evaluation.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from './value.js';

/** What happens to one field of a projection or `$addFields`. */
export type FieldAction =
  | { readonly kind: 'include' }
  | { readonly kind: 'exclude' }
  /** The field gets the value of an expression on the whole document; a missing value leaves it out. */
  | { readonly kind: 'compute'; readonly expression: Expression }
  /** The field, where present, is changed; undefined leaves it out. */
  | { readonly kind: 'change'; readonly change: (value: Value, context: unknown) => Maybe };

/** Actions by path, as a tree. */
export interface FieldTree {
  readonly fields: Map<string, FieldTree | FieldAction>;
  /** An expression lies somewhere below: the path is made where it is missing. */
  computes: boolean;
}

export const emptyTree = (): FieldTree => ({ fields: new Map(), computes: false });

const isTree = (node: FieldTree | FieldAction): node is FieldTree => 'fields' in node;

/** Puts an action at a dotted path. Two actions on one path, or on a path and its parent, are refused. */
export const plant = (tree: FieldTree, path: string, action: FieldAction): void => {
  const parts = path.split('.');
  let node = tree;
  for (const [i, part] of parts.entries()) {
    if (action.kind === 'compute') node.computes = true;
    const next = node.fields.get(part);
    if (i === parts.length - 1) {
      if (next !== undefined) throw new CommandError(31250, `Path collision at ${path}`);
      node.fields.set(part, action);
      return;
    }
    if (next !== undefined && !isTree(next)) {
      throw new CommandError(
        31249,
        `Path collision at ${path} remaining portion ${parts.slice(i + 1).join('.')}`,
      );
    }
    const child = next ?? emptyTree();
    node.fields.set(part, child);
    node = child;
  }
};

export interface TreeRun {
  /** The document that expressions see. */
  readonly root: Doc;
  readonly evaluation: Evaluation;
  /** Fields without an action stay (exclusion, `$addFields`) or go (inclusion). */
  readonly keepOthers: boolean;
  /** Handed to `change` actions. */
  readonly context: unknown;
}

const applyToValue = (value: Value, tree: FieldTree, run: TreeRun): Maybe => {
  if (isDoc(value)) return applyTree(value, tree, run);
  if (isArray(value)) {
    return value.flatMap((item) => {
      const result = applyToValue(item, tree, run);
      return result === undefined ? [] : [result];
    });
  }
  if (tree.computes) return applyTree(new Map(), tree, run);
  return run.keepOthers ? value : undefined;
};

const applyToField = (value: Value, node: FieldTree | FieldAction, run: TreeRun): Maybe => {
  if (isTree(node)) return applyToValue(value, node, run);
  switch (node.kind) {
    case 'include':
      return value;
    case 'exclude':
      return undefined;
    case 'compute':
      return evaluateTop(node.expression, run.root, run.evaluation);
    default:
      return node.change(value, run.context);
  }
};

/** The document with the actions done: its fields in their order, new computed ones behind. */
export const applyTree = (doc: Doc, tree: FieldTree, run: TreeRun): Doc => {
  const result: Doc = new Map();
  for (const [name, value] of doc) {
    const node = tree.fields.get(name);
    if (node === undefined) {
      if (run.keepOthers) result.set(name, value);
      continue;
    }
    const changed = applyToField(value, node, run);
    if (changed !== undefined) result.set(name, changed);
  }
  if (!tree.computes) return result;
  for (const [name, node] of tree.fields) {
    if (doc.has(name)) continue;
    const made = isTree(node)
      ? node.computes
        ? applyTree(new Map(), node, run)
        : undefined
      : node.kind === 'compute'
        ? evaluateTop(node.expression, run.root, run.evaluation)
        : undefined;
    if (made !== undefined) result.set(name, made);
  }
  return result;
};
