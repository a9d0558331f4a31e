import type { Binary, BSONSymbol, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';

/**
 * A BSON value inside the deployment. The numeric types stay apart: a JavaScript `number` is always an int32, a
 * `bigint` an int64, `Double` a double. Documents are Maps, so that the order of keys is the stored one also for keys
 * that look like integers, and no key is special. `undefined` means that the field is missing.
 */
export type Value =
  | number
  | bigint
  | Double
  | Decimal128
  | string
  | boolean
  | null
  | Doc
  | readonly Value[]
  | ObjectId
  | Binary
  | DateTime
  | RegExpValue
  | BSONSymbol
  | CodeValue
  | Timestamp
  | MinKey
  | MaxKey
  | UndefinedValue
  | DbPointer;

export type Doc = Map<string, Value>;

export type Maybe = Value | undefined;

/** Milliseconds since the epoch: the whole int64 range, which the Date of JavaScript does not cover. */
export class DateTime {
  readonly ms: bigint;
  constructor(ms: bigint) {
    this.ms = ms;
  }
}

/** JavaScript code, with scope where `scope` is given. */
export class CodeValue {
  readonly code: string;
  readonly scope: Doc | undefined;
  constructor(code: string, scope?: Doc) {
    this.code = code;
    this.scope = scope;
  }
}

/** A regular expression as it is stored: options of other drivers and their order are kept. */
export class RegExpValue {
  readonly pattern: string;
  readonly options: string;
  constructor(pattern: string, options: string) {
    this.pattern = pattern;
    this.options = options;
  }
}

/** The deprecated BSON type 6: a value, unlike a missing field. */
export class UndefinedValue {
  readonly deprecated = true;
}
export const UNDEFINED = new UndefinedValue();

/** The deprecated BSON type 12. */
export class DbPointer {
  readonly namespace: string;
  readonly id: ObjectId;
  constructor(namespace: string, id: ObjectId) {
    this.namespace = namespace;
    this.id = id;
  }
}

export const isDoc = (value: unknown): value is Doc => value instanceof Map;
export const isArray = (value: unknown): value is readonly Value[] => Array.isArray(value);
