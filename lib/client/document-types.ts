import type { Document } from '../bson/document.js';
import type { ObjectId } from '../bson/values.js';

/** Type of the `_id` of stored documents: as declared, else `ObjectId`. */
export type IdOf<T> = string extends keyof T
  ? // eslint-disable-next-line @typescript-eslint/no-explicit-any
    any
  : T extends { _id: infer TId }
    ? TId
    : '_id' extends keyof T
      ? NonNullable<T['_id' & keyof T]>
      : ObjectId;

/** A stored document: it always has an `_id`. */
export type WithId<T> = T & { readonly _id: IdOf<T> };

/** A document to insert whose `_id` the driver is to make: possible where the `_id` is an `ObjectId`. */
export type WithoutId<T> = Omit<T, '_id'>;

/** A document to insert whose `_id` may be given or left out. */
export type OptionalId<T> = WithoutId<T> & { readonly _id?: IdOf<T> };

/** Tells the compiler what the `_id` of a collection is; there is no such property at run time. */
export interface HasIdType<TId> {
  readonly '~id'?: TId;
}

/** What a query matches. Any document is accepted; the fields of `T` are offered by editors. */
export type Filter<T> = { readonly [K in keyof T]?: unknown } | Document | ReadonlyMap<string, unknown>;

/** Operators, or a pipeline. Any document of operators is accepted; common ones are offered by editors. */
export type UpdateFilter<T> =
  | {
      readonly $set?: { readonly [K in keyof T]?: T[K] } | Document;
      readonly $unset?: { readonly [K in keyof T]?: unknown } | Document;
      readonly $inc?: { readonly [K in keyof T]?: unknown } | Document;
      readonly $push?: Document;
      readonly $pull?: Document;
    }
  | Document
  | ReadonlyMap<string, unknown>
  | readonly Document[];
