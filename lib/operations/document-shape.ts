import { RawBSONDocument } from '../bson/raw-document.js';

/** The first key of a document of any kind, `undefined` where it is empty. */
export const firstKey = (document: object): string | undefined => {
  if (document instanceof Map) {
    for (const key of document.keys()) return String(key);
    return undefined;
  }
  if (document instanceof RawBSONDocument) {
    for (const key of document.keys()) return key;
    return undefined;
  }
  for (const key in document) if (Object.hasOwn(document, key)) return key;
  return undefined;
};

/** The value of a key of a decoded document, whatever class the codec options gave it. */
export const fieldOf = (document: unknown, key: string): unknown => {
  if (typeof document !== 'object' || document === null) return undefined;
  if (document instanceof Map || document instanceof RawBSONDocument) return document.get(key) as unknown;
  return Object.hasOwn(document, key) ? (document as Record<string, unknown>)[key] : undefined;
};

/** Refuses what cannot be a document. The built-in `TypeError`, as for every wrong argument type (ERR-3). */
export const requireDocument = (value: unknown, what: string): void => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${what} must be a document, not ${describe(value)}`);
  }
};

export const describe = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value;
};
