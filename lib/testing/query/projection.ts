import { CommandError } from '../command-error.js';
import { compileExpression } from './expression/expression.js';
import { truthy } from './expression/truth.js';
import type { Evaluation } from './evaluation.js';
import { applyTree, emptyTree, plant, type FieldAction, type FieldTree } from './field-tree.js';
import { compileElement, type MatchDetails } from './matcher.js';
import { exactInteger, isNumber } from './number.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from './value.js';

export interface Projection {
  apply(doc: Doc, details?: MatchDetails): Doc;
  /** Uses the positional operator: the filter has to tell which element matched. */
  readonly positional: boolean;
}

export interface ProjectionRules {
  /** `find` and `findAndModify` know `$slice`, `$elemMatch` and `a.$`; the stage `$project` does not. */
  readonly find: boolean;
  /** Before 4.4 a find projection takes no expressions and no literals. */
  readonly expressions: boolean;
}

const isFlag = (value: Value): boolean => isNumber(value) || typeof value === 'boolean';

const sliceInteger = (value: Maybe): number => {
  const integer = isNumber(value) ? exactInteger(value) : undefined;
  if (integer === undefined) throw new CommandError(28667, 'First argument to $slice must be a number');
  return Number(integer);
};

const sliceAction = (operand: Value): FieldAction => {
  if (!isArray(operand)) {
    if (!isNumber(operand))
      throw new CommandError(
        28667,
        'Invalid $slice syntax. The given syntax did not match the find() syntax',
      );
    const count = sliceInteger(operand);
    const cut = (array: readonly Value[]): readonly Value[] =>
      count >= 0 ? array.slice(0, count) : array.slice(count);
    return { kind: 'change', change: (value) => (isArray(value) ? cut(value) : value) };
  }
  if (operand.length !== 2) throw new CommandError(28667, '$slice takes an array of two elements');
  const [skip, limit] = [sliceInteger(operand[0]), sliceInteger(operand[1])];
  if (limit <= 0) throw new CommandError(28724, '$slice limit must be positive');
  return {
    kind: 'change',
    change: (value) => {
      if (!isArray(value)) return value;
      const from = skip < 0 ? Math.max(0, value.length + skip) : skip;
      return value.slice(from, from + limit);
    },
  };
};

const elemMatchAction = (path: string, operand: Value, evaluation: Evaluation): FieldAction => {
  if (!isDoc(operand))
    throw new CommandError(31274, `elemMatch: Invalid argument, object required, but got ${typeof operand}`);
  if (path.includes('.'))
    throw new CommandError(31275, 'Cannot use $elemMatch projection on a nested field.');
  const matches = compileElement(operand, evaluation);
  return {
    kind: 'change',
    change: (value) => {
      const found = isArray(value) ? value.find(matches) : undefined;
      return found === undefined ? undefined : [found];
    },
  };
};

const positionalAction: FieldAction = {
  kind: 'change',
  change: (value, context) => {
    if (!isArray(value)) return value;
    const index = (context as MatchDetails | undefined)?.index;
    const item = index === undefined ? undefined : value[index];
    if (item === undefined) {
      throw new CommandError(
        51246,
        "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
      );
    }
    return [item];
  },
};

/** Takes a specification apart into actions, and finds out whether it includes or excludes. */
class ProjectionParser {
  readonly tree: FieldTree = emptyTree();
  mode: 'include' | 'exclude' | undefined;
  positional = false;
  #idFlag: boolean | undefined;
  #others = 0;
  readonly #rules: ProjectionRules;
  readonly #evaluation: Evaluation;

  constructor(rules: ProjectionRules, evaluation: Evaluation) {
    this.#rules = rules;
    this.#evaluation = evaluation;
  }

  parse(specification: Doc, prefix = ''): void {
    for (const [key, value] of specification) {
      if (key === '') throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
      this.#field(prefix + key, value);
    }
  }

  #field(path: string, value: Value): void {
    if (path === '_id' && isFlag(value)) {
      this.#idFlag = truthy(value);
      return;
    }
    this.#others += 1;
    if (path.split('.').includes('$')) return this.#positional(path, value);
    if (path.startsWith('$') && !['$id', '$ref', '$db'].includes(path)) {
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    }
    if (isFlag(value)) {
      const include = truthy(value);
      this.#setMode(include ? 'include' : 'exclude', path);
      plant(this.tree, path, { kind: include ? 'include' : 'exclude' });
    } else if (isDoc(value)) this.#document(path, value);
    else this.#computed(path, value);
  }

  #document(path: string, value: Doc): void {
    const [first] = value.keys();
    if (first === undefined) {
      throw new CommandError(
        51270,
        `An empty sub-projection is not a valid value. Found empty object at path`,
      );
    }
    if (!first.startsWith('$')) {
      this.#others -= 1;
      this.parse(value, `${path}.`);
      return;
    }
    const operand = value.get(first) ?? null;
    if (
      this.#rules.find &&
      first === '$slice' &&
      (isNumber(operand) || (isArray(operand) && operand.every(isNumber)))
    ) {
      plant(this.tree, path, sliceAction(operand));
    } else if (this.#rules.find && first === '$elemMatch') {
      this.#setMode('include', path);
      plant(this.tree, path, elemMatchAction(path, operand, this.#evaluation));
    } else if (first === '$meta') {
      if (
        operand !== 'randVal' &&
        operand !== 'recordId' &&
        operand !== 'indexKey' &&
        operand !== 'sortKey'
      ) {
        throw new CommandError(40218, `query requires ${String(operand)} metadata, but it is not available`);
      }
      plant(this.tree, path, { kind: 'exclude' });
    } else this.#computed(path, value);
  }

  #computed(path: string, value: Value): void {
    if (!this.#rules.expressions) {
      throw new CommandError('BadValue', `Unsupported projection option: ${path}`);
    }
    this.#setMode('include', path);
    plant(this.tree, path, { kind: 'compute', expression: compileExpression(value, this.#evaluation) });
  }

  #positional(path: string, value: Value): void {
    if (!this.#rules.find)
      throw new CommandError(31324, 'Cannot use positional projection in aggregation projection');
    if (!path.endsWith('.$')) {
      throw new CommandError(
        31394,
        `As of 4.4, it's illegal to specify positional operator in the middle of a path.`,
      );
    }
    if (this.positional)
      throw new CommandError(31276, 'Cannot specify more than one positional projection per query.');
    if (!truthy(value)) throw new CommandError(31395, 'positional projection cannot be used with exclusion');
    this.#setMode('include', path);
    this.positional = true;
    plant(this.tree, path.slice(0, -2), positionalAction);
  }

  #setMode(mode: 'include' | 'exclude', path: string): void {
    if (this.mode !== undefined && this.mode !== mode) {
      throw mode === 'include'
        ? new CommandError(31253, `Cannot do inclusion on field ${path} in exclusion projection`)
        : new CommandError(31254, `Cannot do exclusion on field ${path} in inclusion projection`);
    }
    this.mode = mode;
  }

  /** `_id` alone decides the mode; beside other fields it is an exception to it. */
  finish(): boolean {
    if (this.mode === undefined && this.#others === 0)
      this.mode = this.#idFlag === true ? 'include' : 'exclude';
    const including = this.mode === 'include';
    if (!this.tree.fields.has('_id')) {
      if (including && this.#idFlag !== false) this.tree.fields.set('_id', { kind: 'include' });
      else if (!including && this.#idFlag === false) this.tree.fields.set('_id', { kind: 'exclude' });
    }
    return including;
  }
}

/** Compiles a projection document. An empty one keeps everything. */
export const compileProjection = (
  specification: Doc,
  evaluation: Evaluation,
  rules: ProjectionRules,
): Projection => {
  if (specification.size === 0) return { apply: (doc) => doc, positional: false };
  const parser = new ProjectionParser(rules, evaluation);
  parser.parse(specification);
  const keepOthers = !parser.finish();
  const { tree } = parser;
  return {
    positional: parser.positional,
    apply: (doc, details) => applyTree(doc, tree, { root: doc, evaluation, keepOthers, context: details }),
  };
};
