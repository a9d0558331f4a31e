import type { Document } from '../bson/document.js';
import { putFields, type CommandFields } from './command-fields.js';
import { fieldOf } from './document-shape.js';
import type { Namespace } from './namespace.js';
import type { Operation } from './operation.js';

export interface SearchIndexModel {
  /** `default` where absent. */
  readonly name?: string | undefined;
  readonly definition: Document;
  readonly type?: 'search' | 'vectorSearch' | (string & {}) | undefined;
}

const modelDocument = (model: SearchIndexModel): Record<string, unknown> => {
  const document: Record<string, unknown> = {};
  putFields(document, model, ['definition', 'name', 'type']);
  return document;
};

/**
 * Atlas only. No concern is sent with any search-index command (index management specification, "Search Indexes").
 * Resolves to the names.
 */
export const createSearchIndexes = (
  namespace: Namespace,
  models: readonly SearchIndexModel[],
  options: CommandFields,
): Operation<readonly string[]> => {
  const indexes = models.map(modelDocument);
  return {
    name: 'createSearchIndexes',
    database: namespace.database,
    collection: namespace.collection,
    access: 'write',
    retry: 'none',
    build() {
      const body: Record<string, unknown> = { createSearchIndexes: namespace.collection, indexes };
      putFields(body, options, ['comment', 'maxTimeMS']);
      return { name: 'createSearchIndexes', database: namespace.database, body };
    },
    parse(reply) {
      const created = (reply?.get('indexesCreated') ?? []) as readonly unknown[];
      return created.map((index) => String(fieldOf(index, 'name')));
    },
  };
};
