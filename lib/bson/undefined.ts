import { types } from 'node:util';
import { InvalidDocument } from '../core/errors/bson.js';
import { MAX_DEPTH } from './element-types.js';

/**
 * Throws `InvalidDocument` where a value of a filter is `undefined`, at any depth: a filter that loses a condition
 * matches more documents than was meant.
 */
export const rejectUndefined = (value: unknown, what: string): void => {
  walk(value, what, []);
};

const walk = (value: unknown, path: string, parents: object[]): void => {
  if (value === undefined) {
    throw new InvalidDocument(`${path} is undefined: leave the field out or give it a value`, { path });
  }
  if (typeof value !== 'object' || value === null) return;
  // The encoder refuses both, and names the place.
  if (parents.length > MAX_DEPTH || parents.includes(value)) return;
  parents.push(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++)
      walk(value[index], `${path}.${String(index)}`, parents);
  } else if (types.isMap(value)) {
    for (const [key, field] of value) walk(field, `${path}.${String(key)}`, parents);
  } else if (isDocument(value)) {
    for (const key of Object.keys(value)) {
      walk((value as Record<string, unknown>)[key], `${path}.${key}`, parents);
    }
  }
  parents.pop();
};

const isDocument = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};
