import { CommandError } from '../command-error.js';
import type { RawDocument } from '../net/raw-document.js';
import type { Collation } from '../query/collation.js';
import type { Evaluation, PipelineSource } from '../query/evaluation.js';
import { compilePipeline } from '../query/pipeline/pipeline.js';
import type { Doc, Value } from '../query/value.js';
import type { CollectionAccess, StoreAccess } from './collection-access.js';

const MAX_VIEW_DEPTH = 20;

const RAW = Symbol('raw');

interface Marked extends Doc {
  [RAW]?: RawDocument;
}

/** The decoded document of a record, which remembers its bytes for as long as nobody changes it. */
export const docWithRaw = (raw: RawDocument): Doc => {
  const doc: Marked = raw.doc;
  doc[RAW] ??= raw;
  return doc;
};

/** The bytes of a document that comes out of a pipeline unchanged. */
export const rawOf = (doc: Doc): RawDocument | undefined => (doc as Marked)[RAW];

/** What a collection or view name leads to: a collection (undefined when it does not exist) and stages to put in front. */
export interface ResolvedSource {
  readonly collection: CollectionAccess | undefined;
  readonly pipeline: readonly Value[];
  /** The name was that of a view. */
  readonly isView: boolean;
  readonly collation: Collation | undefined;
}

/** Follows views down to their collection. */
export const resolveSource = (store: StoreAccess, database: string, name: string): ResolvedSource => {
  let pipeline: readonly Value[] = [];
  let at = name;
  const first = store.view(database, name);
  for (let depth = 0; depth <= MAX_VIEW_DEPTH; depth += 1) {
    const view = store.view(database, at);
    if (view === undefined) {
      const collection = store.collection(database, at);
      return {
        collection,
        pipeline,
        isView: first !== undefined,
        collation: first === undefined ? collection?.collation : first.collation,
      };
    }
    pipeline = [...view.pipeline, ...pipeline];
    at = view.on;
  }
  throw new CommandError(
    'ViewDepthLimitExceeded',
    `View depth too deep or view cycle detected; maximum depth is ${MAX_VIEW_DEPTH}`,
  );
};

export const docsOf = function* (collection: CollectionAccess | undefined): Iterable<Doc> {
  if (collection === undefined) return;
  for (const raw of collection.records.values()) yield docWithRaw(raw);
};

/** Gives the stages of a pipeline the other collections of the database to read. */
export const pipelineSource = (
  store: StoreAccess,
  database: string,
  evaluation: () => Evaluation,
): PipelineSource => ({
  read: (name) => {
    const { collection, pipeline } = resolveSource(store, database, name);
    const docs = docsOf(collection);
    return pipeline.length === 0 ? docs : compilePipeline(pipeline, evaluation())(docs);
  },
});
