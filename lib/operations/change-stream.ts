import type { Document } from '../bson/document.js';
import type { Timestamp } from '../bson/values.js';
import { aggregate, checkPipeline, type AggregateTarget } from './aggregate.js';
import { putFields } from './command-fields.js';
import type { CursorReply } from './cursor-reply.js';
import type { Operation } from './operation.js';

/** Where in the log a stream begins; at most one of them, otherwise the server refuses. */
export interface ChangeStreamStart {
  /** Right after the event with this token, the `_id` of an event or `resumeToken` of a stream. */
  readonly resumeAfter?: Document | undefined;
  /** The same, also behind an event that invalidated a stream. */
  readonly startAfter?: Document | undefined;
  /** At this moment of the cluster's time or later. */
  readonly startAtOperationTime?: Timestamp | undefined;
}

/** Options of the `$changeStream` stage and its command. What is left out is not sent. */
export interface ChangeStreamOptions extends ChangeStreamStart {
  /**
   * The document as it is after an update: `updateLookup` reads it some time later (it may have changed again, or be
   * `null`), `whenAvailable` and `required` take the post-image, `required` fails without one (servers 6.0 and later).
   */
  readonly fullDocument?: 'default' | 'updateLookup' | 'whenAvailable' | 'required' | undefined;
  /** The document as it was before, for collections that keep pre-images. Servers 6.0 and later. */
  readonly fullDocumentBeforeChange?: 'off' | 'whenAvailable' | 'required' | undefined;
  /** Changes of indexes, options and sharding are events, too. Servers 6.0 and later. */
  readonly showExpandedEvents?: boolean | undefined;
  /** Events per batch, at least 0. */
  readonly batchSize?: number | undefined;
  /** How long the server waits for events before it answers with none, milliseconds; one second where absent. */
  readonly maxAwaitTimeMS?: number | undefined;
  readonly collation?: Document | undefined;
  /** Sent with each getMore as well, to servers 4.4 and later. Strings only before 4.4. */
  readonly comment?: unknown;
}

/** What a stream watches: a collection, a database, or with `wholeCluster` (on `admin`) everything. */
export interface ChangeStreamTarget extends AggregateTarget {
  readonly wholeCluster: boolean;
}

/** The aggregation that opens a stream, at `start` whatever the options say (change streams specification, "Helper Method"). */
export const changeStream = (
  target: ChangeStreamTarget,
  pipeline: readonly Document[],
  options: ChangeStreamOptions,
  start: ChangeStreamStart,
): Operation<CursorReply> => {
  checkPipeline(pipeline);
  const stage: Record<string, unknown> = {};
  if (target.wholeCluster) stage['allChangesForCluster'] = true;
  putFields(stage, options, ['fullDocument', 'fullDocumentBeforeChange', 'showExpandedEvents']);
  putFields(stage, start, ['resumeAfter', 'startAfter', 'startAtOperationTime']);
  const { batchSize, collation, comment } = options;
  return aggregate(target, [{ $changeStream: stage }, ...pipeline], { batchSize, collation, comment });
};
