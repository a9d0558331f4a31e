import { BSONRegExp, BSONSymbol, Code, Decimal128, MaxKey, MinKey, ObjectId, Timestamp, UUID } from 'bson';
import type { CodecOptions } from './codec-options.js';
import { binaryValue, dateValue, doubleValue, int32Value, int64Value } from './convert-values.js';
import { DBPointer } from './db-pointer.js';
import { isJsonNumber, isJsonObject, type JsonObject, type JsonValue } from './json-tree.js';

/** What a wrapper needs of its surroundings. */
export interface WrapperContext {
  readonly options: CodecOptions;
  /** Makes a document of an object that is none of the wrappers. */
  toDocument(fields: JsonObject): object;
  /** Reports that the value does not have the form of its wrapper. */
  fail(reason: string): never;
}

interface Wrapper {
  /** Keys beside the wrapper's own; no others are allowed. */
  readonly also?: readonly string[];
  read(value: JsonValue, context: WrapperContext, fields: JsonObject): unknown;
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT32 = 0xffff_ffff;

const textOf = (value: JsonValue | undefined, context: WrapperContext): string =>
  typeof value === 'string' ? value : context.fail('its value must be a string');

const matching = (
  pattern: RegExp,
  what: string,
  value: JsonValue | undefined,
  context: WrapperContext,
): string => {
  const text = textOf(value, context);
  return pattern.test(text) ? text : context.fail(`${JSON.stringify(text)} is not ${what}`);
};

/** The fields of an object that must have exactly these keys. */
const exactly = (keys: readonly string[], value: JsonValue, context: WrapperContext): JsonObject => {
  if (!isJsonObject(value) || value.size !== keys.length || !keys.every((key) => value.has(key))) {
    return context.fail(`its value must be an object of exactly ${keys.join(', ')}`);
  }
  return value;
};

const int64Of = (value: JsonValue | undefined, context: WrapperContext): bigint => {
  const number = BigInt(matching(/^-?\d+$/, 'an integer', value, context));
  return number < MIN_INT64 || number > MAX_INT64
    ? context.fail(`${String(number)} does not fit into 64 bits`)
    : number;
};

const uint32Of = (value: JsonValue | undefined, context: WrapperContext): number => {
  const number = isJsonNumber(value) && /^\d+$/.test(value.source) ? Number(value.source) : MAX_UINT32 + 1;
  return number > MAX_UINT32 ? context.fail('t and i must be integers of 32 bits, not negative') : number;
};

/** For `$minKey` and `$maxKey`, whose only value is the number 1. */
const one = (value: JsonValue, context: WrapperContext): void => {
  if (!isJsonNumber(value) || value.source !== '1') context.fail('its value must be the number 1');
};

const withoutNull = (text: string, context: WrapperContext): string =>
  text.includes('\0') ? context.fail('a regular expression must not contain a null character') : text;

const ISO = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/;

const isoTime = (value: JsonValue, context: WrapperContext): bigint => {
  const text = matching(ISO, 'a date of RFC 3339', value, context);
  const time = Date.parse(text);
  // The platform rolls the 31st of February over into March.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(time) || Number.isNaN(day.getTime()) || !day.toISOString().startsWith(text.slice(0, 10))) {
    context.fail(`there is no such date as ${text}`);
  }
  return BigInt(time);
};

/** Type wrappers of the Extended JSON specification, "Conversion table", by the key that makes an object one. */
export const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  $oid: {
    read: (value, context) =>
      new ObjectId(matching(/^[\da-f]{24}$/i, 'an ObjectId of 24 hexadecimal digits', value, context)),
  },
  $symbol: { read: (value, context) => new BSONSymbol(textOf(value, context)) },
  $numberInt: {
    read: (value, context) => {
      const number = Number(matching(/^-?\d+$/, 'an integer', value, context));
      return (number | 0) === number
        ? int32Value(number + 0, context.options)
        : context.fail(`${String(number)} does not fit into 32 bits`);
    },
  },
  $numberLong: { read: (value, context) => int64Value(int64Of(value, context), context.options) },
  $numberDouble: {
    read: (value, context) => {
      const pattern = /^-?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|Infinity)$|^NaN$/i;
      return doubleValue(Number(matching(pattern, 'a number', value, context)), context.options);
    },
  },
  $numberDecimal: {
    read: (value, context) => {
      try {
        return Decimal128.fromString(textOf(value, context));
      } catch (cause) {
        return context.fail((cause as Error).message);
      }
    },
  },
  $binary: {
    read: (value, context) => {
      const fields = exactly(['base64', 'subType'], value, context);
      const base64 = textOf(fields.get('base64'), context);
      const bytes = Buffer.from(base64, 'base64');
      if (bytes.toString('base64') !== base64) context.fail('base64 must be padded base64');
      const subtype = matching(
        /^[\da-f]{1,2}$/i,
        'a subtype of one or two hexadecimal digits',
        fields.get('subType'),
        context,
      );
      return binaryValue(bytes, parseInt(subtype, 16), context.options);
    },
  },
  $uuid: {
    read: (value, context) => {
      const text = matching(/^[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}$/i, 'a UUID', value, context);
      return binaryValue(Buffer.from(text.replaceAll('-', ''), 'hex'), UUID.SUBTYPE_UUID, context.options);
    },
  },
  $code: {
    also: ['$scope'],
    read: (value, context, fields) => {
      const scope = fields.get('$scope');
      if (scope === undefined) return new Code(textOf(value, context));
      const document = isJsonObject(scope) ? scope : context.fail('$scope must be an object');
      return new Code(textOf(value, context), context.toDocument(document));
    },
  },
  $scope: { also: ['$code'], read: (_value, context) => context.fail('$code is missing beside it') },
  $timestamp: {
    read: (value, context) => {
      const fields = exactly(['t', 'i'], value, context);
      return new Timestamp({ t: uint32Of(fields.get('t'), context), i: uint32Of(fields.get('i'), context) });
    },
  },
  $regularExpression: {
    read: (value, context) => {
      const fields = exactly(['pattern', 'options'], value, context);
      const pattern = withoutNull(textOf(fields.get('pattern'), context), context);
      const regExp = new BSONRegExp(pattern);
      regExp.options = [...withoutNull(textOf(fields.get('options'), context), context)].sort().join('');
      return regExp;
    },
  },
  $dbPointer: {
    read: (value, context) => {
      const fields = exactly(['$ref', '$id'], value, context);
      const id = exactly(['$oid'], fields.get('$id') ?? null, context).get('$oid');
      return new DBPointer(
        textOf(fields.get('$ref'), context),
        new ObjectId(matching(/^[\da-f]{24}$/i, 'an ObjectId of 24 hexadecimal digits', id, context)),
      );
    },
  },
  $date: {
    read: (value, context) => {
      const time =
        typeof value === 'string'
          ? isoTime(value, context)
          : int64Of(exactly(['$numberLong'], value, context).get('$numberLong'), context);
      return dateValue(time, context.options);
    },
  },
  $minKey: {
    read: (value, context) => {
      one(value, context);
      return new MinKey();
    },
  },
  $maxKey: {
    read: (value, context) => {
      one(value, context);
      return new MaxKey();
    },
  },
  // The deprecated type is read as null wherever it is stored, see the decoder.
  $undefined: { read: (value, context) => (value === true ? null : context.fail('its value must be true')) },
};
