import { CommandError } from '../command-error.js';
import type { Command } from './command.js';
import { collectionName } from './command-fields.js';
import { listReply } from './cursor-reply.js';
import { indexDocuments } from './index-documents.js';

export const listIndexes: Command = {
  name: 'listIndexes',
  kind: 'admin',
  secondary: 'opt-in',
  stable: true,
  fields: ['cursor', 'comment', 'includeBuildUUIDs', 'includeIndexBuildInfo'],
  run: (context, { body, database }) => {
    const name = collectionName('listIndexes', body);
    const namespace = `${database}.${name}`;
    const collection = context.store.collection(database, name);
    if (collection === undefined) {
      if (context.store.view(database, name) !== undefined) {
        throw new CommandError(
          'CommandNotSupportedOnView',
          `Namespace ${namespace} is a view, not a collection`,
        );
      }
      throw new CommandError('NamespaceNotFound', `ns does not exist: ${namespace}`);
    }
    const documents = indexDocuments(collection, !context.version.has('hiddenIndexes'));
    return listReply(context, 'listIndexes', namespace, body, documents);
  },
};
