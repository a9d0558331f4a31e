import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import type { Evaluation } from '../evaluation.js';
import type { MatchDetails } from '../matcher.js';
import { plainPath } from '../path.js';
import { compileTransform } from '../pipeline/transform.js';
import { docText, idText } from '../text.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../value.js';
import { ARRAY_MODIFIERS } from './array-modifiers.js';
import { compileArrayFilters } from './array-filters.js';
import { constantModifier, FIELD_MODIFIERS, REMOVE, renameTarget } from './field-modifiers.js';
import { failedToParse, type Modifier, type ModifierRun } from './modifier.js';
import { changePath, comparePaths, expandPath, isPositional } from './update-path.js';

export interface UpdateOptions {
  readonly evaluation: Evaluation;
  readonly arrayFilters: readonly Value[] | undefined;
  /** Constants of a pipeline, field `c` of the statement. */
  readonly constants: Doc | undefined;
  /** Since 5.0: fields of stored documents may start with `$`, and an operator may have no fields. */
  readonly dollarFields: boolean;
  timestamp(): Value;
}

/** A path that an operator changes, with its positional parts. */
export interface UpdatedPath {
  readonly parts: readonly string[];
  /** The operator adds to the end of an array. */
  readonly appends: boolean;
}

export interface Update {
  readonly kind: 'operators' | 'replacement' | 'pipeline';
  /** What operators change; absent on other kinds. */
  readonly paths?: readonly UpdatedPath[];
  /** The document after the update. `inserting`: by an upsert, `$setOnInsert` applies. The `_id` is not looked after. */
  apply(doc: Doc, details: MatchDetails | undefined, inserting: boolean): Doc;
}

interface Step extends UpdatedPath {
  readonly path: string;
  readonly modifier: Modifier;
}

const checkPath = (path: string, dollarFields: boolean): readonly string[] => {
  if (path === '') throw new CommandError('EmptyFieldName', 'An empty update path is not valid.');
  const parts = path.split('.');
  for (const [i, part] of parts.entries()) {
    if (part === '') {
      throw new CommandError(
        'EmptyFieldName',
        `The update path '${path}' contains an empty field name, which is not allowed.`,
      );
    }
    if (isPositional(part)) {
      if (i === 0) {
        throw new CommandError(
          'BadValue',
          `Cannot have positional (i.e. '${part}') element in the first position in path '${path}'`,
        );
      }
    } else if (part.startsWith('$') && !['$id', '$ref', '$db'].includes(part)) {
      const where = dollarFields
        ? "is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith."
        : 'is not valid for storage.';
      throw new CommandError(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${part}' in '${path}' ${where}`,
      );
    }
  }
  if (parts.filter((part) => part === '$').length > 1) {
    throw new CommandError('BadValue', `Too many positional (i.e. '$') elements found in path '${path}'`);
  }
  return parts;
};

const conflict = (path: string, other: string): never => {
  throw new CommandError(
    'ConflictingUpdateOperators',
    `Updating the path '${path}' would create a conflict at '${other}'`,
  );
};

/** Two paths may neither be the same nor lie within each other. */
const checkConflicts = (paths: readonly (readonly string[])[]): void => {
  const sorted = [...paths].sort(comparePaths);
  for (let i = 1; i < sorted.length; i += 1) {
    const [shorter = [], longer = []] = [sorted[i - 1], sorted[i]];
    if (shorter.every((part, j) => longer[j] === part)) conflict(longer.join('.'), shorter.join('.'));
  }
};

interface Rename {
  readonly source: string;
  readonly target: string;
}

const compileOperators = (update: Doc, options: UpdateOptions): { steps: Step[]; renames: Rename[] } => {
  const steps: Step[] = [];
  const renames: Rename[] = [];
  for (const [operator, fields] of update) {
    const factory = FIELD_MODIFIERS[operator] ?? ARRAY_MODIFIERS[operator];
    if (factory === undefined && operator !== '$rename') {
      return failedToParse(
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    }
    if (!isDoc(fields)) {
      return failedToParse(
        `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not ${docText([[operator, fields]])}`,
      );
    }
    if (fields.size === 0 && !options.dollarFields) {
      failedToParse(
        `'${operator}' is empty. You must specify a field like so: {${operator}: {<field>: ...}}`,
      );
    }
    for (const [path, operand] of fields) {
      const parts = checkPath(path, options.dollarFields);
      if (factory === undefined) renames.push({ source: path, target: renameTarget(path, operand) });
      else {
        const modifier = factory(operand, path, options.evaluation);
        steps.push({ path, parts, appends: operator === '$push', modifier });
      }
    }
  }
  checkConflicts([
    ...steps.map(({ parts }) => parts),
    ...renames.flatMap(({ source, target }) => [source.split('.'), target.split('.')]),
  ]);
  return { steps, renames };
};

const arrayOnPath = (doc: Doc, parts: readonly string[]): Maybe => {
  let value: Maybe = doc;
  for (const part of parts) {
    if (isArray(value)) return value;
    value = isDoc(value) ? value.get(part) : undefined;
  }
  return undefined;
};

/** A rename moves the value: the source goes, the target is set; nothing happens without a source. */
const renameSteps = (doc: Doc, { source, target }: Rename, id: string): Step[] => {
  const [from, to] = [source.split('.'), target.split('.')];
  for (const [name, parts] of [
    ['source', from],
    ['destination', to],
  ] as const) {
    if (arrayOnPath(doc, parts) !== undefined) {
      throw new CommandError(
        'BadValue',
        `The ${name} field cannot be an array element, '${parts.join('.')}' in doc with ${id.slice(1, -1)} has an array field`,
      );
    }
  }
  const value = plainPath(doc, from);
  if (value === undefined) return [];
  return [
    { path: source, parts: from, appends: false, modifier: REMOVE },
    { path: target, parts: to, appends: false, modifier: constantModifier(value) },
  ];
};

const operatorUpdate = (update: Doc, options: UpdateOptions): Update => {
  const { steps, renames } = compileOperators(update, options);
  const filters = compileArrayFilters(
    options.arrayFilters ?? [],
    steps.map(({ path }) => path),
    options.evaluation,
    docText(update),
  );
  const renamed = renames.flatMap(({ source, target }) => [source, target]);
  return {
    kind: 'operators',
    paths: [...steps, ...renamed.map((path) => ({ parts: path.split('.'), appends: false }))],
    apply: (doc, details, inserting) => {
      const id = idText(doc.get('_id'));
      const run: ModifierRun = {
        evaluation: options.evaluation,
        inserting,
        idText: id,
        timestamp: () => options.timestamp(),
      };
      const concrete = [...steps, ...renames.flatMap((rename) => renameSteps(doc, rename, id))]
        .filter(({ modifier }) => inserting || modifier.onInsert !== true)
        .flatMap(({ parts, modifier }) =>
          expandPath(doc, parts, details?.index, filters).map((expanded) => ({ parts: expanded, modifier })),
        )
        .sort((a, b) => comparePaths(a.parts, b.parts));
      checkConflicts(concrete.map(({ parts }) => parts));
      let result = doc;
      for (const { parts, modifier } of concrete) {
        result = changePath(result, parts, modifier.creates, (current) =>
          current === undefined && !modifier.creates
            ? undefined
            : modifier.apply(current, run, parts.join('.')),
        );
      }
      return result;
    },
  };
};

const checkNested = (value: Value, path: string): void => {
  if (isArray(value)) value.forEach((item, i) => checkNested(item, `${path}.${i}`));
  if (!isDoc(value)) return;
  for (const [key, field] of value) {
    if (key.startsWith('$') && !['$ref', '$id', '$db'].includes(key)) {
      throw new CommandError(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${key}' in '${path}${key}' is not valid for storage.`,
      );
    }
    checkNested(field, `${path}${key}.`);
  }
};

const replacement = (update: Doc, options: UpdateOptions): Update => {
  if (options.arrayFilters !== undefined)
    failedToParse('Cannot specify arrayFilters and a replacement-style update');
  for (const key of update.keys()) {
    if (key.startsWith('$')) {
      throw new CommandError(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${key}' in '${key}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
      );
    }
  }
  if (!options.dollarFields) checkNested(update, '');
  return {
    kind: 'replacement',
    apply: (doc) => {
      const id = doc.get('_id');
      if (update.has('_id') || id === undefined) return update;
      return new Map([['_id', id], ...update]);
    },
  };
};

const pipelineUpdate = (stages: readonly Value[], options: UpdateOptions): Update => {
  if (options.arrayFilters !== undefined)
    failedToParse('Cannot specify arrayFilters and a pipeline-style update');
  const variables = new Map([...options.evaluation.variables, ...(options.constants ?? [])]);
  const evaluation = { ...options.evaluation, variables };
  const transforms = stages.map((stage) => {
    if (!isDoc(stage))
      throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    const transform = compileTransform(stage, evaluation);
    if (transform === undefined) {
      throw new CommandError(
        'InvalidOptions',
        `${[...stage.keys()][0] ?? ''} is not allowed to be used within an update`,
      );
    }
    return transform;
  });
  return {
    kind: 'pipeline',
    apply: (doc) => transforms.reduce((result, transform) => transform(result), doc),
  };
};

/** Compiles the `u` of an update statement: operators, a replacement document or a pipeline. */
export const compileUpdate = (update: Value, options: UpdateOptions): Update => {
  if (isArray(update)) return pipelineUpdate(update, options);
  if (!isDoc(update))
    throw new CommandError('FailedToParse', 'Update argument must be either an object or an array');
  if (options.constants !== undefined) {
    throw new CommandError(51198, 'Constant values may only be specified for pipeline updates');
  }
  const [first] = update.keys();
  return first?.startsWith('$') === true ? operatorUpdate(update, options) : replacement(update, options);
};
