import { isBuiltIn } from './built-in.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type ClassOf<T = any> = abstract new (...args: any[]) => T;

/** How the instances of a class are stored: `transformJs` makes a value that BSON has a type for. */
export interface TypeEncoder {
  readonly jsType: ClassOf;
  transformJs(value: never): unknown;
}

/** What the values of a class that the decoder makes are replaced by, for example `Decimal128`. */
export interface TypeDecoder {
  readonly bsonType: ClassOf;
  transformBson(value: never): unknown;
}

export type TypeCodec = TypeEncoder & TypeDecoder;

/** Called for a value that nothing else can encode; what it returns must be encodable. */
export type FallbackEncoder = (value: unknown) => unknown;

/**
 * Custom types of an application. Where two codecs name the same class the last one counts. How BSON's own types
 * are encoded cannot be changed.
 */
export class TypeRegistry {
  readonly #encoders = new Map<unknown, (value: unknown) => unknown>();
  readonly #decoders = new Map<unknown, (value: unknown) => unknown>();
  readonly fallbackEncoder: FallbackEncoder | undefined;

  constructor(
    codecs: Iterable<TypeEncoder | TypeDecoder | TypeCodec> = [],
    fallbackEncoder?: FallbackEncoder,
  ) {
    if (fallbackEncoder !== undefined && typeof fallbackEncoder !== 'function') {
      throw new TypeError('fallbackEncoder must be a function');
    }
    for (const codec of codecs) this.#add(codec);
    this.fallbackEncoder = fallbackEncoder;
  }

  #add(codec: TypeEncoder | TypeDecoder | TypeCodec): void {
    const encodes = 'jsType' in codec && typeof codec.transformJs === 'function';
    const decodes = 'bsonType' in codec && typeof codec.transformBson === 'function';
    if (!encodes && !decodes) {
      throw new TypeError('A codec has jsType and transformJs, or bsonType and transformBson, or all four');
    }
    if (encodes) {
      if (isBuiltIn(codec.jsType)) {
        throw new TypeError(`How ${codec.jsType.name} is encoded is BSON's own and cannot be changed`);
      }
      this.#encoders.set(codec.jsType, (value) => codec.transformJs(value as never));
    }
    if (decodes) this.#decoders.set(codec.bsonType, (value) => codec.transformBson(value as never));
  }

  get hasDecoders(): boolean {
    return this.#decoders.size > 0;
  }

  /** The encoder of the value's class, or of the nearest class above it. */
  encoderFor(value: object): ((value: unknown) => unknown) | undefined {
    if (this.#encoders.size === 0) return undefined;
    for (
      let proto: unknown = Object.getPrototypeOf(value);
      proto !== null;
      proto = Object.getPrototypeOf(proto)
    ) {
      const encoder = this.#encoders.get((proto as { constructor?: unknown }).constructor);
      if (encoder !== undefined) return encoder;
    }
    return undefined;
  }

  /** The decoder of a decoded value's class; primitive values count as of their wrapper class. */
  decoderFor(value: unknown): ((value: unknown) => unknown) | undefined {
    return value === null || value === undefined
      ? undefined
      : this.#decoders.get((value as { constructor?: unknown }).constructor);
  }
}
