import { CommandError } from '../command-error.js';
import { RawDocument } from '../net/raw-document.js';
import { docText } from '../query/text.js';
import { DateTime, isDoc, type Doc, type Value } from '../query/value.js';
import type { LogEntry, LogWrite } from '../replication/replication-log.js';
import { idOf } from '../store/collection.js';
import { splitNamespace } from '../store/namespace.js';
import type { ServerVersion } from '../versions.js';
import { collectionEvent } from './collection-event.js';
import { resumeToken, type StreamPosition } from './resume-token.js';
import type { StreamOptions } from './stream-options.js';
import { watches, type StreamScope } from './stream-scope.js';
import { updateDescription } from './update-description.js';

/** What a stream makes events with. */
export interface EventContext {
  readonly scope: StreamScope;
  readonly options: StreamOptions;
  readonly version: ServerVersion;
  /** The present document with that `_id`, if the collection is still there. */
  lookUp(write: LogWrite, id: Value): RawDocument | undefined;
}

export interface ChangeEvent {
  readonly position: StreamPosition;
  readonly doc: Doc;
}

const EVENT_TYPES = { i: 'insert', u: 'update', d: 'delete' } as const;

const unavailable = (image: 'pre' | 'post', event: Doc): CommandError =>
  new CommandError(
    'NoMatchingDocument',
    image === 'pre'
      ? `Change stream was configured to require a pre-image for all update, delete and replace events, but the pre-image was not found for event: ${docText(event)}`
      : `Change stream was configured to require a post-image for all update events, but the post-image was not found for event: ${docText(event)}`,
  );

const headOf = (
  entry: LogEntry,
  operationType: string,
  position: StreamPosition,
  { version }: EventContext,
): Doc => {
  const event: Doc = new Map<string, Value>([
    ['_id', resumeToken(position)],
    ['operationType', operationType],
    ['clusterTime', entry.ts],
  ]);
  if (entry.transaction !== undefined && operationType !== 'invalidate') {
    event.set('lsid', entry.transaction.lsid);
    event.set('txnNumber', entry.transaction.txnNumber);
  }
  if (version.has('wallTime')) event.set('wallTime', new DateTime(BigInt(Math.trunc(entry.wall))));
  return event;
};

const addUuid = (event: Doc, { ui }: LogWrite, { options }: EventContext): void => {
  if (options.showExpandedEvents && ui !== undefined) event.set('collectionUUID', ui.toBinary());
};

/** `fullDocument` of an update event, as the stream wants it. */
const addPostImage = (event: Doc, write: LogWrite, id: Value, context: EventContext): void => {
  const { fullDocument } = context.options;
  if (fullDocument === 'default') return;
  if (fullDocument === 'updateLookup') {
    event.set('fullDocument', context.lookUp(write, id)?.doc ?? null);
    return;
  }
  const image = write.images === true ? write.after?.doc : undefined;
  if (image === undefined && fullDocument === 'required') throw unavailable('post', event);
  event.set('fullDocument', image ?? null);
};

const addPreImage = (event: Doc, write: LogWrite, { options }: EventContext): void => {
  const { fullDocumentBeforeChange: wanted } = options;
  if (wanted === 'off') return;
  const image = write.images === true ? write.before?.doc : undefined;
  if (image === undefined && wanted === 'required') throw unavailable('pre', event);
  event.set('fullDocumentBeforeChange', image ?? null);
};

/** The operation of a document: insert, update, replace or delete. */
const documentEvent = (
  entry: LogEntry,
  write: LogWrite,
  position: StreamPosition,
  context: EventContext,
): Doc | undefined => {
  const { op, ns, o, before, after, paths } = write;
  if (op === 'c' || op === 'n' || !watches(context.scope, ns)) return undefined;
  const replaced = op === 'u' && o instanceof RawDocument;
  const event = headOf(entry, replaced ? 'replace' : EVENT_TYPES[op], position, context);
  addUuid(event, write, context);
  const shown = o instanceof RawDocument ? o : undefined;
  const id = shown === undefined ? (write.o2 ?? (isDoc(o) ? o : undefined))?.get('_id') : idOf(shown);
  const [db, coll] = splitNamespace(ns);
  if (shown !== undefined) event.set('fullDocument', shown.doc);
  else if (op === 'u') addPostImage(event, write, id ?? null, context);
  event.set(
    'ns',
    new Map([
      ['db', db],
      ['coll', coll],
    ]),
  );
  event.set('documentKey', new Map([['_id', id ?? null]]));
  if (op === 'u' && !replaced && before !== undefined && after !== undefined) {
    const description = updateDescription(before.doc, after.doc, paths, {
      truncatedArrays: context.version.has('truncatedArrays'),
      disambiguatedPaths: context.options.showExpandedEvents,
    });
    event.set('updateDescription', description);
  }
  if (op !== 'i') addPreImage(event, write, context);
  return event;
};

/** The events of one log entry in a stream, in their order: each operation, and what invalidates the stream. */
export const changeEvents = (entry: LogEntry, context: EventContext): ChangeEvent[] => {
  const { version, scope, options } = context;
  const events: ChangeEvent[] = [];
  for (const [operation, write] of (entry.operations ?? [entry]).entries()) {
    const position: StreamPosition = { kind: 'event', time: entry.ts, operation, fragment: 0 };
    if (write.op !== 'c' && write.op !== 'n') {
      const doc = documentEvent(entry, write, position, context);
      if (doc !== undefined) events.push({ position, doc });
      continue;
    }
    const described = collectionEvent(write, {
      scope,
      expanded: options.showExpandedEvents,
      nsType: version.has('eventNsType'),
    });
    if (described === undefined) continue;
    const doc = headOf(entry, described.operationType, position, context);
    addUuid(doc, write, context);
    for (const [field, value] of described.fields) doc.set(field, value);
    events.push({ position, doc });
    if (!described.invalidates) continue;
    const end: StreamPosition = { ...position, kind: 'invalidate' };
    events.push({ position: end, doc: headOf(entry, 'invalidate', end, context) });
  }
  return events;
};
