import type { Timestamp } from 'bson';
import type { Collation } from './collation.js';
import { DateTime, type Doc, type Value } from './value.js';

/** What a query, update or pipeline is evaluated with, the same for all its documents. */
export interface Evaluation {
  readonly collation: Collation | undefined;
  /** `let` of the command. */
  readonly variables: ReadonlyMap<string, Value>;
  /** `$$NOW`. */
  readonly now: DateTime;
  /** `$$CLUSTER_TIME`; undefined on a standalone server. */
  readonly clusterTime: Timestamp | undefined;
  /** A number in [0, 1). */
  random(): number;
  /** Compiles `$where`; absent where scripts are not allowed. */
  where?(operand: Value): (doc: Doc) => boolean;
  /** Sub-pipelines and `$lookup` read other collections through it; absent where there is none. */
  readonly source?: PipelineSource;
}

/** Runs stages over another collection of the database. */
export interface PipelineSource {
  /** Documents of a collection or view, decoded; an unknown collection is empty. */
  read(collection: string): Iterable<Doc>;
}

/** For evaluation without a command, for example of a partial index filter. */
export const PLAIN_EVALUATION: Evaluation = {
  collation: undefined,
  variables: new Map(),
  now: new DateTime(0n),
  clusterTime: undefined,
  random: () => 0.5,
};
