import type { Document } from '../../bson/document.js';
import type { ObjectId } from '../../bson/values.js';
import type { TopologyVersion } from './topology-version.js';

const describe = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

/** By its methods, not its class: values may come from another copy of `bson`. */
const isObjectId = (value: unknown): value is ObjectId =>
  typeof value === 'object' && value !== null && 'toHexString' in value;

const isLong = (value: unknown): value is { toBigInt(): bigint } =>
  typeof value === 'object' && value !== null && 'toBigInt' in value;

const toBigInt = (value: unknown): bigint | undefined => {
  if (typeof value === 'bigint') return value;
  if (isLong(value)) return value.toBigInt();
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
};

const toInteger = (value: unknown): number | undefined => {
  const integer = toBigInt(value);
  return integer === undefined ? undefined : Number(integer);
};

export const readTopologyVersion = (value: unknown): TopologyVersion | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { processId, counter } = value as Document;
  const count = toBigInt(counter);
  return isObjectId(processId) && count !== undefined ? { processId, counter: count } : undefined;
};

/** Reads fields of a document somebody else wrote, and takes down those that are not what they should be. */
export class HelloFields {
  readonly problems: string[] = [];
  /** What was read in part only. */
  readonly omissions: string[] = [];
  readonly #document: Document;

  constructor(document: Document) {
    this.#document = document;
  }

  string(name: string): string | null {
    return this.#read(name, 'a string', (value) => (typeof value === 'string' ? value : undefined));
  }

  integer(name: string): number | null {
    return this.#read(name, 'an integer', toInteger);
  }

  strings(name: string): readonly string[] {
    const isStringList = (value: unknown): value is string[] =>
      Array.isArray(value) && value.every((entry) => typeof entry === 'string');
    return (
      this.#read(name, 'an array of strings', (value) => (isStringList(value) ? [...value] : undefined)) ?? []
    );
  }

  objectId(name: string): ObjectId | null {
    return this.#read(name, 'an ObjectId', (value) => (isObjectId(value) ? value : undefined));
  }

  topologyVersion(name: string): TopologyVersion | null {
    return this.#read(name, 'a document of processId and counter', readTopologyVersion);
  }

  tags(name: string): Readonly<Record<string, string>> {
    const asTags = (value: unknown): Record<string, string> | undefined =>
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every((entry) => typeof entry === 'string')
        ? { ...(value as Record<string, string>) }
        : undefined;
    return this.#read(name, 'a document of strings', asTags) ?? {};
  }

  /** Milliseconds since 1970 of a date within a document. */
  dateIn(name: string, field: string): number | null {
    const asMS = (value: unknown): number | undefined => {
      if (typeof value !== 'object' || value === null) return undefined;
      const date = (value as Document)[field] as unknown;
      const ms = date instanceof Date ? date.getTime() : toInteger(date);
      return ms === undefined || Number.isNaN(ms) ? undefined : ms;
    };
    return this.#read(name, `a document with the date ${field}`, asMS);
  }

  #read<T>(name: string, expected: string, convert: (value: unknown) => T | undefined): T | null {
    const value = this.#document[name] as unknown;
    if (value === undefined || value === null) return null;
    const converted = convert(value);
    if (converted !== undefined) return converted;
    this.problems.push(`${name} is ${describe(value)}, expected ${expected}`);
    return null;
  }
}
