import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import { equal } from '../query/bson-order.js';
import type { Evaluation } from '../query/evaluation.js';
import { isOperatorDoc } from '../query/matcher.js';
import { asDouble, isNumber } from '../query/number.js';
import { compileSort, type SortOrder } from '../query/sort.js';
import { isArray, isDoc, type Doc, type Maybe, type Value, RegExpValue } from '../query/value.js';
import type { CollectionIndex } from './collection-index.js';
import type { CollectionAccess } from './collection-access.js';

/** Which records to look at, and in which order they come when nobody sorts. */
export interface Plan {
  readonly records: Iterable<readonly [number, RawDocument]>;
  /** The order of the index a server would take; undefined for the natural order. */
  readonly order: SortOrder | undefined;
  /** The index that was asked for with a hint holds only some documents. */
  readonly restrict: CollectionIndex | undefined;
  readonly description: PlanDescription;
}

export type PlanDescription =
  | { readonly stage: 'COLLSCAN'; readonly direction: 'forward' | 'backward' }
  | { readonly stage: 'IDHACK' | 'IXSCAN'; readonly name: string; readonly key: Doc };

/** Values that a filter on one path is fixed to; undefined where an index look-up does not answer it. */
const fixedValues = (operand: Maybe): readonly Value[] | undefined => {
  const simple = (value: Value): boolean =>
    value !== null && !isArray(value) && !(value instanceof RegExpValue);
  if (operand === undefined) return undefined;
  if (!isOperatorDoc(operand)) return simple(operand) ? [operand] : undefined;
  const equals = operand.get('$eq');
  if (equals !== undefined) return simple(equals) ? [equals] : undefined;
  const among = operand.get('$in');
  return isArray(among) && among.every(simple) ? among : undefined;
};

const byNumber = (
  collection: CollectionAccess,
  records: Iterable<number>,
): (readonly [number, RawDocument])[] =>
  [...new Set(records)]
    .sort((a, b) => a - b)
    .flatMap((record) => {
      const raw = collection.records.get(record);
      return raw === undefined ? [] : [[record, raw] as const];
    });

const idLookup = (collection: CollectionAccess, filter: Doc, evaluation: Evaluation): Plan | undefined => {
  if (!collection.hasIdIndex || collection.collation !== evaluation.collation) return undefined;
  const ids = fixedValues(filter.get('_id'));
  if (ids === undefined) return undefined;
  const records = ids.flatMap((id) => collection.recordOf(id) ?? []);
  return {
    records: byNumber(collection, records),
    order: ids.length > 1 ? orderOf(new Map([['_id', 1]]), evaluation) : undefined,
    restrict: undefined,
    description: { stage: ids.length === 1 ? 'IDHACK' : 'IXSCAN', name: '_id_', key: new Map([['_id', 1]]) },
  };
};

const orderOf = (key: Doc, evaluation: Evaluation): SortOrder | undefined => {
  if ([...key].some(([path, value]) => typeof value === 'string' || path.includes('$'))) return undefined;
  const directions: Doc = new Map(
    [...key].map(([path, value]) => [path, isNumber(value) && asDouble(value) < 0 ? -1 : 1]),
  );
  return compileSort(directions, evaluation);
};

const usable = (index: CollectionIndex, evaluation: Evaluation): boolean =>
  index.ordinary &&
  index.spec.partialFilter === undefined &&
  index.spec.collation === evaluation.collation &&
  !index.spec.document.has('hidden');

const indexLookup = (collection: CollectionAccess, filter: Doc, evaluation: Evaluation): Plan | undefined => {
  for (const index of collection.indexes.values()) {
    if (!usable(index, evaluation)) continue;
    const fixed = index.paths.map((path) => fixedValues(filter.get(path)));
    const [first] = fixed;
    const single = fixed.every((values, i) => values !== undefined && (i === 0 || values.length === 1));
    if (first === undefined || !single) continue;
    const rest = fixed.slice(1).map((values) => values?.[0] ?? null);
    return {
      records: byNumber(
        collection,
        first.flatMap((value) => [...collection.lookUp(index, [value, ...rest])]),
      ),
      order: orderOf(index.spec.key, evaluation),
      restrict: undefined,
      description: { stage: 'IXSCAN', name: index.spec.name, key: index.spec.key },
    };
  }
  return undefined;
};

const RANGE_OPERATORS = [
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$eq',
  '$in',
  '$ne',
  '$nin',
  '$type',
  '$mod',
  '$regex',
];

/** A predicate that makes a server walk an index rather than the collection. */
const prefersIndex = (operand: Maybe): boolean => {
  if (operand === undefined) return false;
  return isOperatorDoc(operand) ? [...operand.keys()].some((name) => RANGE_OPERATORS.includes(name)) : true;
};

const scan = (collection: CollectionAccess, filter: Doc, evaluation: Evaluation): Plan => {
  const sparse = (index: CollectionIndex): boolean => index.spec.sparse;
  const ranged =
    collection.hasIdIndex && collection.collation === evaluation.collation && prefersIndex(filter.get('_id'))
      ? { name: '_id_', key: new Map<string, Value>([['_id', 1]]) }
      : [...collection.indexes.values()].find(
          (index) =>
            usable(index, evaluation) && !sparse(index) && prefersIndex(filter.get(index.paths[0] ?? '')),
        )?.spec;
  return {
    records: collection.records,
    order: ranged === undefined ? undefined : orderOf(ranged.key, evaluation),
    restrict: undefined,
    description:
      ranged === undefined
        ? { stage: 'COLLSCAN', direction: 'forward' }
        : { stage: 'IXSCAN', name: ranged.name, key: ranged.key },
  };
};

const badHint = (): never => {
  throw new CommandError(
    'BadValue',
    'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
  );
};

const natural = (collection: CollectionAccess, direction: Value): Plan => {
  const backward = isNumber(direction) && asDouble(direction) < 0;
  return {
    records: backward ? [...collection.records].reverse() : collection.records,
    order: undefined,
    restrict: undefined,
    description: { stage: 'COLLSCAN', direction: backward ? 'backward' : 'forward' },
  };
};

const hinted = (collection: CollectionAccess, hint: Value, evaluation: Evaluation): Plan => {
  if (typeof hint !== 'string' && !isDoc(hint)) {
    throw new CommandError('FailedToParse', 'Hint must be a string or an object');
  }
  if (isDoc(hint) && hint.has('$natural')) return natural(collection, hint.get('$natural') ?? 1);
  const id = collection.idSpec;
  const isId = typeof hint === 'string' ? hint === id.name : equal(hint, id.key);
  const index = [...collection.indexes.values()].find(({ spec }) =>
    typeof hint === 'string' ? spec.name === hint : equal(spec.key, hint),
  );
  const clustered = collection.options.get('clusteredIndex');
  const isClustered =
    isDoc(clustered) && (isDoc(hint) ? equal(clustered.get('key'), hint) : clustered.get('name') === hint);
  if (!isId && !isClustered && (index === undefined || index.spec.document.has('hidden'))) return badHint();
  const spec = index?.spec ?? id;
  const partial = index !== undefined && (index.spec.sparse || index.spec.partialFilter !== undefined);
  return {
    records: collection.records,
    order: orderOf(spec.key, evaluation),
    restrict: partial ? index : undefined,
    description: { stage: 'IXSCAN', name: spec.name, key: spec.key },
  };
};

/** `$natural` may also stand in a sort; it then is a hint. */
export const naturalSort = (sort: Doc | undefined): Value | undefined => sort?.get('$natural');

/** Chooses the records to look at. The filter still has to be tested on each of them. */
export const choosePlan = (
  collection: CollectionAccess,
  filter: Doc,
  hint: Value | undefined,
  evaluation: Evaluation,
): Plan => {
  if (hint !== undefined && !(isDoc(hint) && hint.size === 0)) {
    const plan = hinted(collection, hint, evaluation);
    const direct = idLookup(collection, filter, evaluation);
    // The hinted index is checked; a look-up by `_id` finds the same documents faster.
    return direct !== undefined && plan.restrict === undefined ? { ...plan, records: direct.records } : plan;
  }
  return (
    idLookup(collection, filter, evaluation) ??
    indexLookup(collection, filter, evaluation) ??
    scan(collection, filter, evaluation)
  );
};
