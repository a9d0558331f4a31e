import type { RawDocument } from '../net/raw-document.js';
import type { Doc } from '../query/value.js';
import type { CommandContext } from './context.js';

/**
 * A command's reply without `ok`, which the dispatcher adds together with `operationTime` and `$clusterTime`. Plain
 * objects and Maps are documents. Numbers: a JavaScript integer becomes int32 where it fits, else int64; any other number
 * a double; bigint and `Long` an int64; `Int32` and `Double` what they say. `Date` and `DateTime` become dates.
 * `RawDocument` values, at any depth, are spliced in as bytes. Fields that are `undefined` are left out.
 */
export type Reply = Record<string, unknown>;

/** What came in: one command document and its document sequences. */
export interface CommandRequest {
  /** The name as the client spelled it; `Command.name` is the canonical one. */
  readonly name: string;
  /** `$db`, or the database of the OP_QUERY namespace. */
  readonly database: string;
  /** The command document; sequences are not in it. */
  readonly body: Doc;
  /** An embedded document of the body as bytes, for example a filter; undefined when it is not there or no document. */
  raw(field: string): RawDocument | undefined;
  /**
   * Documents that arrived as a section of kind 1, or as an array field of the body: `documents`, `updates`, `deletes`,
   * `ops`, `nsInfo`. Undefined when there is neither; TypeMismatch where the array holds something else.
   */
  sequence(field: string): readonly RawDocument[] | undefined;
  /** The client allows replies with moreToCome (OP_MSG flag exhaustAllowed). */
  readonly exhaustAllowed: boolean;
}

/** Where a command may run on a replica set. */
export type SecondaryRule =
  /** Needs a primary: 10107 elsewhere. */
  | 'never'
  /** On a secondary with a read preference other than primary (or the legacy secondaryOk flag): 13435 otherwise. */
  | 'opt-in'
  /** On every member in every state. */
  | 'always';

/** One command: a plain object in a file of its own, entered into `registry.ts`. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /**
   * `read` commands take a readConcern, `write` commands a writeConcern (the dispatcher parses both, waits for the write
   * concern after `run` and adds `writeConcernError`), `admin` commands neither.
   */
  readonly kind: 'read' | 'write' | 'admin';
  /** Defaults: `never` for writes, `opt-in` for reads, `always` for admin commands. */
  readonly secondary?: SecondaryRule | ((request: CommandRequest) => SecondaryRule);
  /** Whether it takes a writeConcern, where that is not what `kind` says: an aggregate with $out, createUser. */
  readonly takesWriteConcern?: (body: Doc) => boolean;
  /** False: also an unauthenticated connection may send it on a deployment with users. */
  readonly needsAuth?: boolean;
  /** Only on the database `admin`: code 13 elsewhere. */
  readonly adminOnly?: boolean;
  /** Takes a txnNumber outside transactions (retryable write). */
  readonly retryable?: boolean;
  /** May run inside a multi-document transaction. */
  readonly inTransaction?: boolean;
  /** Part of Stable API version 1. A function where it depends on the command's options. */
  readonly stable?: boolean | ((body: Doc) => boolean);
  /**
   * Fields of the command itself. When given, the dispatcher refuses any other one (besides the generic arguments)
   * with code 40415, as the server's parser does.
   */
  readonly fields?: readonly string[];
  /** First server version that knows it; before it the answer is CommandNotFound. */
  readonly since?: '4.4' | '5.0' | '6.0' | '7.0' | '8.0' | '8.2';
  run(context: CommandContext, request: CommandRequest): Reply | Promise<Reply>;
}
