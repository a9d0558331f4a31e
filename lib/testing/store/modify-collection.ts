import { CommandError } from '../command-error.js';
import { equal } from '../query/bson-order.js';
import { truthy } from '../query/expression/truth.js';
import { docText } from '../query/text.js';
import { isDoc, type Doc, type Value } from '../query/value.js';
import type { ServerVersion } from '../versions.js';
import { parseCollectionOptions, cappedLimits } from './collection-options.js';
import type { CollectionIndex } from './collection-index.js';
import { idOf, type Collection } from './collection.js';
import { compileValidator } from './validator.js';

/** What collMod answers about an index: old and new values. */
export type IndexChanges = Record<string, unknown>;

const findIndex = (collection: Collection, request: Doc): CollectionIndex => {
  const [name, pattern] = [request.get('name'), request.get('keyPattern')];
  if (name !== undefined && pattern !== undefined) {
    throw new CommandError('InvalidOptions', "Cannot specify both 'name' and 'keyPattern' of an index");
  }
  const found = [...collection.indexes.values()].find(({ spec }) =>
    typeof name === 'string' ? spec.name === name : isDoc(pattern) && equal(spec.key, pattern),
  );
  if (found !== undefined) return found;
  const wanted = isDoc(pattern) ? docText(pattern) : String(name);
  throw new CommandError('IndexNotFound', `cannot find index ${wanted} for ns ${collection.namespace}`);
};

/** Changes a listed option of the index. */
const setOption = (index: CollectionIndex, option: string, value: Value | undefined): void => {
  const document = new Map(index.spec.document);
  if (value === undefined) document.delete(option);
  else document.set(option, value);
  index.spec = { ...index.spec, document };
};

const makeUnique = (collection: Collection, index: CollectionIndex): IndexChanges => {
  if (!index.prepareUnique) {
    throw new CommandError(
      'InvalidOptions',
      "Cannot make index unique with 'prepareUnique=false'. Run collMod to set it first.",
    );
  }
  const violations = index.duplicates().map((records) => ({
    ids: records.flatMap((record) => {
      const raw = collection.records.get(record);
      return raw === undefined ? [] : [idOf(raw)];
    }),
  }));
  if (violations.length > 0) {
    throw new CommandError(
      'CannotConvertIndexToUnique',
      'Cannot convert the index to unique. Please resolve conflicting documents before running collMod again.',
      { extra: { violations } },
    );
  }
  index.prepareUnique = false;
  setOption(index, 'prepareUnique', undefined);
  setOption(index, 'unique', true);
  index.spec = { ...index.spec, unique: true };
  return { unique_new: true };
};

const modifyIndex = (collection: Collection, request: Doc): IndexChanges => {
  const index = findIndex(collection, request);
  const reply: IndexChanges = {};
  const expiry = request.get('expireAfterSeconds');
  if (expiry !== undefined) {
    reply['expireAfterSeconds_old'] = index.spec.document.get('expireAfterSeconds');
    reply['expireAfterSeconds_new'] = expiry;
    setOption(index, 'expireAfterSeconds', expiry);
  }
  const hidden = request.get('hidden');
  if (hidden !== undefined) {
    reply['hidden_old'] = index.spec.document.has('hidden');
    reply['hidden_new'] = truthy(hidden);
    setOption(index, 'hidden', truthy(hidden) ? true : undefined);
  }
  const prepare = request.get('prepareUnique');
  if (prepare !== undefined) {
    reply['prepareUnique_old'] = index.prepareUnique;
    reply['prepareUnique_new'] = truthy(prepare);
    index.prepareUnique = truthy(prepare);
    setOption(index, 'prepareUnique', truthy(prepare) ? true : undefined);
  }
  return truthy(request.get('unique')) ? { ...reply, ...makeUnique(collection, index) } : reply;
};

/** Options that collMod changes. */
const OPTION_FIELDS = [
  'validator',
  'validationLevel',
  'validationAction',
  'changeStreamPreAndPostImages',
  'expireAfterSeconds',
];

const modifyOptions = (collection: Collection, body: Doc, version: ServerVersion): void => {
  const options = new Map(collection.options);
  for (const field of OPTION_FIELDS) {
    const value = body.get(field);
    if (value !== undefined) options.set(field, value);
  }
  const [size, max] = [body.get('cappedSize'), body.get('cappedMax')];
  if (size !== undefined) options.set('size', size);
  if (max !== undefined) options.set('max', max);
  const checked = parseCollectionOptions(options);
  const validator = compileValidator(checked, version.has('validationDetails'));
  collection.options = checked;
  collection.validator = validator;
  const limits = cappedLimits(checked);
  if ((size !== undefined || max !== undefined) && limits !== undefined) collection.setCapped(limits);
};

/** Whether a field of collMod says what to change: the log keeps these. */
export const isModification = (field: string): boolean =>
  field === 'index' || field === 'cappedSize' || field === 'cappedMax' || OPTION_FIELDS.includes(field);

/** Changes options and an index of a collection as a collMod command says. */
export const modifyCollection = (
  collection: Collection,
  command: Doc,
  version: ServerVersion,
): IndexChanges => {
  modifyOptions(collection, command, version);
  const index = command.get('index');
  return isDoc(index) ? modifyIndex(collection, index) : {};
};
