import { CommandError } from '../command-error.js';
import { typeName } from '../query/bson-type.js';
import { encodeDoc } from '../query/bson-writer.js';
import type { Evaluation } from '../query/evaluation.js';
import { compileExpression, evaluateTop } from '../query/expression/expression.js';
import { plainPath } from '../query/path.js';
import { docText } from '../query/text.js';
import { compileTransform } from '../query/pipeline/transform.js';
import { isArray, isDoc, type Doc, type Value } from '../query/value.js';
import type { Update } from '../query/update/update.js';
import type { CollectionAccess } from '../store/collection-access.js';
import type { Collection } from '../store/collection.js';
import type { Store } from '../store/store.js';
import { updateDocuments } from '../store/update-documents.js';
import { insertDocument, type WriteContext } from '../store/write-context.js';
import type { CommandContext } from './context.js';

/** Writes what a pipeline produced; the command then answers an empty batch. */
export type Output = (docs: Iterable<Doc>) => void;

interface Target {
  readonly database: string;
  readonly name: string;
}

const targetOf = (stage: string, value: Value | undefined, database: string): Target => {
  if (typeof value === 'string') return { database, name: value };
  if (isDoc(value)) {
    const [db, coll] = [value.get('db') ?? database, value.get('coll')];
    if (typeof db === 'string' && typeof coll === 'string') return { database: db, name: coll };
  }
  throw new CommandError(
    16990,
    `${stage} only supports a string or object argument, but found ${typeName(value)}`,
  );
};

const copyIndexes = (from: Collection | undefined, to: Collection, store: Store): void => {
  const specs = [...(from?.indexes.values() ?? [])].map(({ spec }) => spec);
  if (specs.length === 0) return;
  for (const spec of specs) to.createIndex(spec);
  store.logIndexes(to, specs);
};

/** Replaces a collection by the result; options and indexes of the old one stay. */
const out = (context: CommandContext, operand: Value, database: string, write: WriteContext): Output => {
  const { store } = context;
  const target = targetOf('$out', operand, database);
  if (store.view(target.database, target.name) !== undefined) {
    throw new CommandError(
      'CommandNotSupportedOnView',
      `namespace '${target.database}.${target.name}' is a view, not a collection`,
    );
  }
  if (store.collection(target.database, target.name)?.capped !== undefined) {
    throw new CommandError(
      17152,
      `namespace '${target.database}.${target.name}' is capped so it can't be used for $out`,
    );
  }
  return (docs) => {
    const old = store.collection(target.database, target.name);
    const temporary = `tmp.agg_out.${String(context.operationId)}`;
    store.create(target.database, temporary, old?.options ?? new Map());
    const made = store.collectionForWrite(target.database, temporary);
    try {
      copyIndexes(old, made, store);
      for (const doc of docs) insertDocument(made, encodeDoc(doc), write);
    } catch (error) {
      store.drop(target.database, temporary);
      throw error;
    }
    store.rename(made, target.database, target.name);
  };
};

type WhenMatched = 'replace' | 'keepExisting' | 'merge' | 'fail';

const choice = <T extends string>(
  field: string,
  value: Value | undefined,
  allowed: readonly T[],
  fallback: T,
): T => {
  if (value === undefined) return fallback;
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  throw new CommandError(
    'BadValue',
    `Enumeration value '${String(value)}' for field '$merge.${field}' is not a valid value.`,
  );
};

const onFields = (value: Value | undefined): readonly string[] => {
  if (value === undefined) return ['_id'];
  if (typeof value === 'string') return [value];
  if (isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')) return value;
  throw new CommandError(51186, "The $merge stage 'on' field must be a string or an array of strings");
};

const checkUnique = (collection: CollectionAccess, on: readonly string[]): void => {
  if (on.length === 1 && on[0] === '_id') return;
  const unique = [...collection.indexes.values()].some(
    ({ spec, paths }) =>
      spec.unique &&
      spec.partialFilter === undefined &&
      paths.length === on.length &&
      on.every((path) => paths.includes(path)),
  );
  if (!unique) throw new CommandError(51183, 'Cannot find index to verify that join fields will be unique');
};

/** What happens to the document that matches: as an update, so that all writes go one way. */
const matchedUpdate = (mode: WhenMatched, incoming: Doc): Update => ({
  kind: mode === 'replace' ? 'replacement' : 'pipeline',
  apply: (doc) => {
    if (mode === 'keepExisting') return doc;
    if (mode === 'replace')
      return incoming.has('_id') ? incoming : new Map([['_id', doc.get('_id') ?? null], ...incoming]);
    return new Map([...doc, ...incoming]);
  },
});

const pipelineUpdate = (
  stages: readonly Value[],
  fields: Doc,
  incoming: Doc,
  evaluation: Evaluation,
): Update => {
  const variables = new Map(evaluation.variables);
  const given = fields.get('let');
  variables.set('new', incoming);
  if (isDoc(given)) {
    for (const [name, expression] of given) {
      const value = evaluateTop(compileExpression(expression, evaluation), incoming, evaluation);
      if (value !== undefined) variables.set(name, value);
    }
  }
  const inner = { ...evaluation, variables };
  const transforms = stages.map((stage) => {
    const transform = isDoc(stage) ? compileTransform(stage, inner) : undefined;
    if (transform === undefined)
      throw new CommandError('InvalidOptions', 'A stage is not allowed to be used within an update');
    return transform;
  });
  return {
    kind: 'pipeline',
    apply: (doc) => transforms.reduce((result, transform) => transform(result), doc),
  };
};

const merge = (
  context: CommandContext,
  operand: Value,
  database: string,
  evaluation: Evaluation,
  write: WriteContext,
): Output => {
  const fields: Doc = isDoc(operand) ? operand : new Map([['into', operand]]);
  for (const key of fields.keys()) {
    if (
      ![
        'into',
        'on',
        'let',
        'whenMatched',
        'whenNotMatched',
        'targetCollectionVersion',
        'allowMergeOnNullishValues',
      ].includes(key)
    ) {
      throw new CommandError(40415, `BSON field '$merge.${key}' is an unknown field.`);
    }
  }
  const target = targetOf('$merge', fields.get('into'), database);
  const on = onFields(fields.get('on'));
  const whenMatched = fields.get('whenMatched');
  const mode = isArray(whenMatched)
    ? whenMatched
    : choice('whenMatched', whenMatched, ['merge', 'replace', 'keepExisting', 'fail'] as const, 'merge');
  const otherwise = choice(
    'whenNotMatched',
    fields.get('whenNotMatched'),
    ['insert', 'discard', 'fail'] as const,
    'insert',
  );
  return (docs) => {
    const list = [...docs];
    const collection = context.store.collectionForWrite(target.database, target.name);
    checkUnique(collection, on);
    for (const doc of list) {
      const incoming =
        doc.has('_id') || !on.includes('_id')
          ? doc
          : new Map([['_id', context.store.objectIds.next()], ...doc]);
      const filter: Doc = new Map();
      for (const path of on) {
        const value = plainPath(incoming, path.split('.'));
        if (value === undefined || value === null || isArray(value)) {
          if (path !== '_id' || isArray(value)) {
            throw new CommandError(
              51132,
              `$merge write error: 'on' field '${path}' cannot be missing, null, undefined or an array`,
            );
          }
        }
        filter.set(path, new Map([['$eq', value ?? null]]));
      }
      mergeOne(collection, filter, incoming, mode, otherwise, fields, evaluation, write);
    }
  };
};

const mergeOne = (
  collection: CollectionAccess,
  filter: Doc,
  incoming: Doc,
  mode: WhenMatched | readonly Value[],
  otherwise: 'insert' | 'discard' | 'fail',
  fields: Doc,
  evaluation: Evaluation,
  write: WriteContext,
): void => {
  if (mode === 'fail') {
    insertDocument(collection, encodeDoc(incoming), write);
    return;
  }
  const update =
    typeof mode === 'string'
      ? matchedUpdate(mode, incoming)
      : pipelineUpdate(mode, fields, incoming, evaluation);
  const { matched } = updateDocuments(
    collection,
    { filter, update, multi: false, upsert: false, evaluation, hint: undefined, sort: undefined },
    write,
  );
  if (matched > 0 || otherwise === 'discard') return;
  if (otherwise === 'fail') {
    throw new CommandError(
      13113,
      `$merge could not find a matching document in the target collection for at least one document in the source collection: ${docText(filter)}`,
    );
  }
  insertDocument(collection, encodeDoc(incoming), write);
};

/** The output that a last stage is; undefined for other stages. */
export const outputStage = (
  context: CommandContext,
  stage: string,
  operand: Value,
  database: string,
  evaluation: Evaluation,
  write: WriteContext,
): Output | undefined => {
  if (stage === '$out') return out(context, operand, database, write);
  return stage === '$merge' ? merge(context, operand, database, evaluation, write) : undefined;
};
