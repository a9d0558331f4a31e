import { CommandError } from '../command-error.js';
import { isArray, type Doc, type Value } from '../query/value.js';
import { isModification, modifyCollection } from '../store/modify-collection.js';
import { collectionName, docField, gateField, requiredString } from './command-fields.js';
import type { Command, Reply } from './command.js';
import type { CommandContext } from './context.js';

const gateIndex = (context: CommandContext, index: Doc | undefined): void => {
  if (index === undefined) return;
  gateField(context, 'uniqueConversion', 'collMod.index', index, 'prepareUnique');
  gateField(context, 'uniqueConversion', 'collMod.index', index, 'unique');
  gateField(context, 'hiddenIndexes', 'collMod.index', index, 'hidden');
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
    gateIndex(context, docField('collMod', body, 'index'));
    collection.assertFree();
    const before = new Map<string, Value>([...collection.options, ['uuid', collection.uuid.toBinary()]]);
    const changes = modifyCollection(collection, body, context.version);
    context.store.logCommand(
      collection,
      new Map([...body].filter(([field]) => field === 'collMod' || isModification(field))),
      new Map([['collectionOptions', before]]),
    );
    return changes;
  },
};
