import { describe, expect, it } from '@jest/globals';
import {
  CodecOptions,
  Decimal128,
  ObjectId,
  TypeRegistry,
  decodeDocument,
  encodeDocument,
  type TypeCodec,
} from '../../lib/bson.js';

class Money {
  readonly amount: string;

  constructor(amount: string) {
    this.amount = amount;
  }
}

const moneyCodec: TypeCodec = {
  jsType: Money,
  bsonType: Decimal128,
  transformJs: (value: Money) => Decimal128.fromString(value.amount),
  transformBson: (value: Decimal128) => new Money(value.toString()),
};

describe('TypeRegistry', () => {
  it('[CODEC-23] stores and reads a custom class, at the top level, nested and in arrays', () => {
    const codecOptions = new CodecOptions({ typeRegistry: new TypeRegistry([moneyCodec]) });
    const document = { price: new Money('9.99'), nested: { price: new Money('1') }, list: [new Money('2')] };
    const bytes = encodeDocument(document, { codecOptions });
    expect((decodeDocument(bytes) as { price: Decimal128 }).price).toEqual(Decimal128.fromString('9.99'));
    expect(decodeDocument(bytes, codecOptions)).toEqual(document);
    expect((decodeDocument(bytes, codecOptions) as typeof document).list[0]).toBeInstanceOf(Money);
  });

  it('encodes instances of a subclass by the codec of the class above', () => {
    class Euro extends Money {}
    const codecOptions = new CodecOptions({ typeRegistry: new TypeRegistry([moneyCodec]) });
    expect(decodeDocument(encodeDocument({ e: new Euro('3') }, { codecOptions }))).toEqual({
      e: Decimal128.fromString('3'),
    });
  });

  it('lets the last codec of a type win', () => {
    const other = { jsType: Money, transformJs: () => 'other' };
    const codecOptions = new CodecOptions({ typeRegistry: new TypeRegistry([moneyCodec, other]) });
    expect(decodeDocument(encodeDocument({ m: new Money('1') }, { codecOptions }))).toEqual({ m: 'other' });
  });

  it('[CODEC-24] refuses codecs of built-in types', () => {
    for (const jsType of [String, Number, Date, Map, ObjectId, Decimal128, Uint8Array]) {
      expect(() => new TypeRegistry([{ jsType, transformJs: () => 1 }])).toThrow(TypeError);
    }
    expect(() => new TypeRegistry([{} as never])).toThrow(TypeError);
    expect(() => new TypeRegistry([], 5 as never)).toThrow(TypeError);
  });

  it('[CODEC-24] shows the fallback encoder exactly what nothing else can encode', () => {
    const seen: unknown[] = [];
    const fallback = (value: unknown): unknown => {
      seen.push(value);
      return 'replaced';
    };
    const money = new Money('1');
    const symbol = Symbol('s');
    const codecOptions = new CodecOptions({ typeRegistry: new TypeRegistry([], fallback) });
    const bytes = encodeDocument({ a: 1, m: money, list: [symbol, new Date(0), null] }, { codecOptions });
    expect(decodeDocument(bytes)).toEqual({ a: 1, m: 'replaced', list: ['replaced', new Date(0), null] });
    expect(seen).toEqual([money, symbol]);
  });

  it('names the path where a codec makes something that cannot be stored', () => {
    const codecOptions = new CodecOptions({ typeRegistry: new TypeRegistry([], (value) => value) });
    expect(() => encodeDocument({ a: { m: new Money('1') } }, { codecOptions })).toThrow(
      /^a\.m: an instance of Money/,
    );
    const nothing = new CodecOptions({ typeRegistry: new TypeRegistry([], () => undefined) });
    expect(() => encodeDocument({ m: new Money('1') }, { codecOptions: nothing })).toThrow(
      /^m: the codec made undefined/,
    );
  });
});
