/** A document of unknown fields. `any`, since `unknown` would ask for a cast at every access. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Document = Record<string, any>;

/** Whatever can be sent as a document: a plain object, an ordered one, or bytes that are one already. */
export type DocumentLike = Document | ReadonlyMap<string, unknown> | { readonly raw: Uint8Array };

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * A document that keeps its keys in exactly the stored order, integer-like keys included; plain objects enumerate
 * those first and ascending. Accepted wherever a document is, and available as `documentClass`.
 */
export class SON<V = unknown> extends Map<string, V> {
  /** A plain object with the same fields, nested ordered documents included. */
  toObject(): Document {
    return toPlain(this) as Document;
  }

  [INSPECT](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    return `SON(${inspect([...this], options)})`;
  }
}

const toPlain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toPlain);
  if (!(value instanceof Map)) return value;
  const plain: Document = {};
  for (const [key, field] of value as Map<string, unknown>) defineField(plain, key, toPlain(field));
  return plain;
};

/** Sets a field as an own property whatever its name: assigning to `__proto__` would change the prototype instead. */
export const defineField = (target: object, key: string, value: unknown): void => {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
};
