import type { Doc, Value } from '../query/value.js';
import type { Collation } from '../query/collation.js';

/** A view: a pipeline over a collection or another view. */
export interface View {
  readonly database: string;
  readonly name: string;
  readonly on: string;
  readonly pipeline: readonly Value[];
  readonly collation: Collation | undefined;
  /** `options` of listCollections. */
  readonly options: Doc;
}
