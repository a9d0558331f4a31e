import { inspect } from 'node:util';
import { ConfigurationError } from '../core/errors/usage.js';
import { TypeRegistry } from './type-registry.js';
import { checkTimeZone } from './zoned-date-time.js';

export type DatetimeConversion = 'datetime' | 'datetime_ms' | 'datetime_auto' | 'datetime_clamp';
export type UuidRepresentation = 'unspecified' | 'standard' | 'pythonLegacy' | 'javaLegacy' | 'csharpLegacy';
export type UnicodeDecodeErrorHandler =
  'strict' | 'replace' | 'backslashreplace' | 'surrogateescape' | 'ignore';
export type Int64Conversion = 'auto' | 'bigint' | 'number-or-throw' | 'Long';
export type UndefinedValues = 'omit' | 'null' | 'throw';

/** An ordered document class: a `Map`, or one with its members. */
export type MapLikeClass = new () => { set(key: string, value: unknown): unknown; get(key: string): unknown };

/** A class that wraps the bytes of a document, as `RawBSONDocument` does. */
export type RawDocumentClass = new (
  bytes: Uint8Array,
  codecOptions?: CodecOptions,
) => { readonly raw: Uint8Array };

export type DocumentClass = ObjectConstructor | MapLikeClass | RawDocumentClass;

/** Marks the prototypes of classes whose instances hold a document's bytes. */
export const RAW_DOCUMENT: unique symbol = Symbol.for('asyncmongo.raw-document') as never;

export interface CodecOptionFields {
  /** Class of decoded documents, embedded ones included. Default: `Object`, plain objects. */
  readonly documentClass: DocumentClass;
  /** Whether BSON dates decode to `ZonedDateTime` instead of `Date`. Default: false. */
  readonly tzAware: boolean;
  /** IANA name of the zone of those dates; needs `tzAware`. Default: UTC. */
  readonly tzinfo: string | undefined;
  /**
   * What a BSON date decodes to: `datetime` (default) a `Date`, and an error where a `Date` does not reach;
   * `datetime_ms` always a `DatetimeMS`; `datetime_auto` a `DatetimeMS` only where needed; `datetime_clamp` the
   * nearest `Date`. Camel case (`datetimeMs`) is accepted.
   */
  readonly datetimeConversion: DatetimeConversion;
  /** How `UUID` values are stored, and which binary subtype decodes to them. Default: `unspecified`, neither. */
  readonly uuidRepresentation: UuidRepresentation;
  /** What happens to bytes of a string that are not UTF-8. Default: `strict`, an error. */
  readonly unicodeDecodeErrorHandler: UnicodeDecodeErrorHandler;
  /** Custom types. Default: none. */
  readonly typeRegistry: TypeRegistry;
  /**
   * What a 64-bit integer decodes to: `auto` (default) a number up to 2^53 on either side and a `Long` beyond;
   * `bigint`; `number-or-throw` a number, and an error beyond 2^53; `Long`.
   */
  readonly int64: Int64Conversion;
  /** Whether numbers decode to `Int32`, `Long` and `Double`, so that they are written back byte for byte. Default: false. */
  readonly exactNumbers: boolean;
  /** What becomes of a field whose value is `undefined` on encoding. In arrays it is null. Default: `omit`. */
  readonly undefinedValues: UndefinedValues;
}

const CHOICES = {
  datetimeConversion: ['datetime', 'datetime_ms', 'datetime_auto', 'datetime_clamp'],
  uuidRepresentation: ['unspecified', 'standard', 'pythonLegacy', 'javaLegacy', 'csharpLegacy'],
  unicodeDecodeErrorHandler: ['strict', 'replace', 'backslashreplace', 'surrogateescape', 'ignore'],
  int64: ['auto', 'bigint', 'number-or-throw', 'Long'],
  undefinedValues: ['omit', 'null', 'throw'],
} as const;

const FLAGS = ['tzAware', 'exactNumbers'] as const;

const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(CHOICES),
  ...FLAGS,
  'documentClass',
  'tzinfo',
  'typeRegistry',
]);

/** How documents are encoded and decoded: an immutable value. */
export class CodecOptions implements CodecOptionFields {
  readonly documentClass: DocumentClass;
  readonly tzAware: boolean;
  readonly tzinfo: string | undefined;
  readonly datetimeConversion: DatetimeConversion;
  readonly uuidRepresentation: UuidRepresentation;
  readonly unicodeDecodeErrorHandler: UnicodeDecodeErrorHandler;
  readonly typeRegistry: TypeRegistry;
  readonly int64: Int64Conversion;
  readonly exactNumbers: boolean;
  readonly undefinedValues: UndefinedValues;

  constructor(options: Partial<CodecOptionFields> = {}) {
    for (const name of Object.keys(options)) {
      if (!KNOWN.has(name)) throw new ConfigurationError(`Unknown codec option "${name}"`);
    }
    this.documentClass = checkDocumentClass(options.documentClass);
    this.tzAware = checkFlag(options, 'tzAware');
    this.tzinfo = checkZone(options.tzinfo, this.tzAware);
    this.datetimeConversion = checkDatetimeConversion(options.datetimeConversion);
    this.uuidRepresentation = checkChoice(options, 'uuidRepresentation');
    this.unicodeDecodeErrorHandler = checkChoice(options, 'unicodeDecodeErrorHandler');
    this.typeRegistry = checkRegistry(options.typeRegistry);
    this.int64 = checkChoice(options, 'int64');
    this.exactNumbers = checkFlag(options, 'exactNumbers');
    this.undefinedValues = checkChoice(options, 'undefinedValues');
    Object.freeze(this);
  }

  /** A copy with changes; `undefined` takes an option back to its default. */
  withOptions(changes: {
    readonly [K in keyof CodecOptionFields]?: CodecOptionFields[K] | undefined;
  }): CodecOptions {
    return new CodecOptions({ ...this, ...changes } as Partial<CodecOptionFields>);
  }

  [inspect.custom](): string {
    const { documentClass, typeRegistry, ...rest } = this;
    const fields = Object.entries(rest).map(([name, value]) => `${name}: ${inspect(value)}`);
    const custom = typeRegistry === NO_TYPES ? 'none' : 'custom';
    return `CodecOptions { documentClass: ${documentClass.name}, typeRegistry: ${custom}, ${fields.join(', ')} }`;
  }
}

const checkChoice = <K extends keyof typeof CHOICES>(
  options: Partial<CodecOptionFields>,
  name: K,
): (typeof CHOICES)[K][number] => {
  const value: unknown = options[name] ?? CHOICES[name][0];
  if (!(CHOICES[name] as readonly unknown[]).includes(value)) {
    throw new ConfigurationError(`${name} is one of ${CHOICES[name].join(', ')}, not ${inspect(value)}`);
  }
  return value as (typeof CHOICES)[K][number];
};

const checkDatetimeConversion = (value: string | undefined): DatetimeConversion =>
  checkChoice(
    {
      datetimeConversion: value?.replace(
        /(?<=^datetime)(Ms|Auto|Clamp)$/,
        (word) => `_${word.toLowerCase()}`,
      ) as never,
    },
    'datetimeConversion',
  );

const checkFlag = (options: Partial<CodecOptionFields>, name: (typeof FLAGS)[number]): boolean => {
  const value: unknown = options[name] ?? false;
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, not ${inspect(value)}`);
  return value;
};

const checkZone = (tzinfo: string | undefined, tzAware: boolean): string | undefined => {
  if (tzinfo === undefined) return undefined;
  if (!tzAware) throw new ConfigurationError('tzinfo has no effect without tzAware: true');
  try {
    checkTimeZone(tzinfo);
  } catch (cause) {
    throw new ConfigurationError(`tzinfo is the IANA name of a time zone, not ${inspect(tzinfo)}`, { cause });
  }
  return tzinfo;
};

const checkRegistry = (registry: TypeRegistry | undefined): TypeRegistry => {
  if (registry === undefined) return NO_TYPES;
  if (!(registry instanceof TypeRegistry)) throw new TypeError('typeRegistry must be a TypeRegistry');
  return registry;
};

export const isPlainDocumentClass = (documentClass: DocumentClass): boolean =>
  documentClass.name === 'Object' && Object.getPrototypeOf(documentClass.prototype) === null;

export const isRawDocumentClass = (documentClass: DocumentClass): documentClass is RawDocumentClass =>
  (documentClass.prototype as Record<symbol, unknown>)[RAW_DOCUMENT] === true;

const checkDocumentClass = (documentClass: DocumentClass = Object): DocumentClass => {
  const prototype = (documentClass as { prototype?: Partial<Map<string, unknown>> } | null)?.prototype;
  const suits =
    typeof documentClass === 'function' &&
    prototype !== undefined &&
    (isPlainDocumentClass(documentClass) ||
      isRawDocumentClass(documentClass) ||
      (typeof prototype.set === 'function' && typeof prototype.get === 'function'));
  if (!suits) {
    throw new TypeError(
      `documentClass must be Object, Map, SON, RawBSONDocument or a class with get and set, not ${inspect(documentClass)}`,
    );
  }
  return documentClass;
};

const NO_TYPES = new TypeRegistry();

export const DEFAULT_CODEC_OPTIONS: CodecOptions = new CodecOptions();
