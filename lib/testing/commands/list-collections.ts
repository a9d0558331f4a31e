import { compileFilter } from '../query/matcher.js';
import { PLAIN_EVALUATION } from '../query/evaluation.js';
import type { Doc, Value } from '../query/value.js';
import type { CollectionAccess } from '../store/collection-access.js';
import type { Database } from '../store/store.js';
import type { View } from '../store/view.js';
import { boolField, docField } from './command-fields.js';
import type { Command } from './command.js';
import { listReply } from './cursor-reply.js';
import { idIndexDocument } from './index-documents.js';

const entry = (name: string, type: string, options: Doc, info: Doc, idIndex: Doc | undefined): Doc => {
  const doc: Doc = new Map<string, Value>([
    ['name', name],
    ['type', type],
    ['options', options],
    ['info', info],
  ]);
  if (idIndex !== undefined) doc.set('idIndex', idIndex);
  return doc;
};

const ofCollection = (collection: CollectionAccess): Doc => {
  const info: Doc = new Map<string, Value>([['readOnly', false]]);
  const { options, name } = collection;
  if (collection.timeseries) return entry(name, 'timeseries', options, info, undefined);
  info.set('uuid', collection.uuid.toBinary());
  const clustered = options.has('clusteredIndex');
  return entry(name, 'collection', options, info, clustered ? undefined : idIndexDocument(collection));
};

const ofView = (view: View): Doc =>
  entry(view.name, 'view', view.options, new Map([['readOnly', true]]), undefined);

/** What a database keeps for its views and time series. */
const systemCollections = ({ views, collections }: Database): Doc[] => {
  const plain = (name: string): Doc =>
    entry(name, 'collection', new Map(), new Map([['readOnly', false]]), undefined);
  const series = [...collections.values()].filter(({ timeseries }) => timeseries);
  const buckets = series.map(({ name }) => plain(`system.buckets.${name}`));
  return views.size > 0 || series.length > 0 ? [...buckets, plain('system.views')] : [];
};

export const listCollections: Command = {
  name: 'listCollections',
  kind: 'admin',
  secondary: 'opt-in',
  stable: true,
  fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor', 'comment', 'includePendingDrops'],
  run: (context, { body, database }) => {
    const home = context.store.database(database);
    const filter = docField('listCollections', body, 'filter') ?? new Map();
    const matches = compileFilter(filter, PLAIN_EVALUATION);
    const nameOnly = boolField('listCollections', body, 'nameOnly');
    const all =
      home === undefined
        ? []
        : [
            ...[...home.collections.values()].map(ofCollection),
            ...[...home.views.values()].map(ofView),
            ...systemCollections(home),
          ];
    const oplog = context.visible.collection('local', 'oplog.rs');
    if (database === 'local' && oplog !== undefined) all.push(ofCollection(oplog));
    const shown = all
      .filter((doc) => matches(doc))
      .map((doc) => (nameOnly ? new Map([...doc].filter(([key]) => key === 'name' || key === 'type')) : doc));
    return listReply(context, 'listCollections', `${database}.$cmd.listCollections`, body, shown);
  },
};
