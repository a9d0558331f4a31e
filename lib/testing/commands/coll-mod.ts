import { CommandError } from '../command-error.js';
import { equal } from '../query/bson-order.js';
import { truthy } from '../query/expression/truth.js';
import { docText } from '../query/text.js';
import { isArray, isDoc, type Doc, type Value } from '../query/value.js';
import { parseCollectionOptions, cappedLimits } from '../store/collection-options.js';
import type { CollectionIndex } from '../store/collection-index.js';
import { idOf, type Collection } from '../store/collection.js';
import { compileValidator } from '../store/validator.js';
import { collectionName, docField, gateField, requiredString } from './command-fields.js';
import type { Command, Reply } from './command.js';
import type { CommandContext } from './context.js';

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

const makeUnique = (collection: Collection, index: CollectionIndex): Reply => {
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

const modifyIndex = (context: CommandContext, collection: Collection, request: Doc): Reply => {
  gateField(context, 'uniqueConversion', 'collMod.index', request, 'prepareUnique');
  gateField(context, 'uniqueConversion', 'collMod.index', request, 'unique');
  gateField(context, 'hiddenIndexes', 'collMod.index', request, 'hidden');
  const index = findIndex(collection, request);
  const reply: Reply = {};
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

const modifyView = (context: CommandContext, database: string, name: string, body: Doc): Reply => {
  const view = context.store.view(database, name);
  if (view === undefined) throw new CommandError('NamespaceNotFound', 'ns does not exist');
  const pipeline = body.get('pipeline');
  if (!isArray(pipeline))
    throw new CommandError(
      'InvalidOptions',
      "Must specify both 'viewOn' and 'pipeline' when modifying a view",
    );
  context.store.redefine(view, requiredString('collMod', body, 'viewOn'), pipeline);
  return {};
};

const OPTION_FIELDS = [
  'validator',
  'validationLevel',
  'validationAction',
  'changeStreamPreAndPostImages',
  'expireAfterSeconds',
];

const modifyOptions = (context: CommandContext, collection: Collection, body: Doc): void => {
  const options = new Map(collection.options);
  for (const field of OPTION_FIELDS) {
    const value = body.get(field);
    if (value !== undefined) options.set(field, value);
  }
  const [size, max] = [body.get('cappedSize'), body.get('cappedMax')];
  if (size !== undefined) options.set('size', size);
  if (max !== undefined) options.set('max', max);
  const checked = parseCollectionOptions(options);
  const validator = compileValidator(checked, context.version.has('validationDetails'));
  collection.options = checked;
  collection.validator = validator;
  const limits = cappedLimits(checked);
  if ((size !== undefined || max !== undefined) && limits !== undefined) collection.setCapped(limits);
};

export const collMod: Command = {
  name: 'collMod',
  kind: 'write',
  stable: true,
  fields: [
    'index',
    'validator',
    'validationLevel',
    'validationAction',
    'viewOn',
    'pipeline',
    'expireAfterSeconds',
    'timeseries',
    'changeStreamPreAndPostImages',
    'cappedSize',
    'cappedMax',
    'dryRun',
    'comment',
    'recordPreImages',
  ],
  run: (context, { body, database }) => {
    const name = collectionName('collMod', body);
    gateField(context, 'preImages', 'collMod', body, 'changeStreamPreAndPostImages');
    const collection = context.store.collection(database, name);
    if (collection === undefined) return modifyView(context, database, name, body);
    modifyOptions(context, collection, body);
    const index = docField('collMod', body, 'index');
    const reply = index === undefined ? {} : modifyIndex(context, collection, index);
    const own = [...body].filter(
      ([field]) => field === 'collMod' || field === 'index' || OPTION_FIELDS.includes(field),
    );
    context.store.logCommand(collection, new Map(own));
    return reply;
  },
};
