import { BSONSymbol, Timestamp } from 'bson';
import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import { toRegExp } from '../regex.js';
import { DateTime, type Maybe, type Value, RegExpValue } from '../value.js';
import { isNumber } from '../number.js';
import { toText } from './conversions.js';
import {
  docOf,
  isNullish,
  named,
  nary,
  optionalExpression,
  type Operator,
  type OperatorTable,
} from './operator.js';

/** What the server coerces to a string: numbers, dates and strings; null becomes empty. */
const coerce = (name: string, value: Maybe): string => {
  if (isNullish(value)) return '';
  if (typeof value === 'string') return value;
  if (value instanceof BSONSymbol) return value.value;
  if (isNumber(value) || value instanceof DateTime) return toText(value);
  if (value instanceof Timestamp) return value.toString();
  throw new CommandError(16007, `can't convert from BSON type ${typeName(value)} to String in ${name}`);
};

const concat = nary(0, Infinity, (values, name) => {
  let text = '';
  for (const value of values) {
    if (isNullish(value)) return null;
    if (typeof value !== 'string')
      throw new CommandError(16702, `${name} only supports strings, not ${typeName(value)}`);
    text += value;
  }
  return text;
});

const stringOperand = (name: string, value: Maybe, code: number): string => {
  if (typeof value === 'string') return value;
  throw new CommandError(code, `${name} requires a string argument, found: ${typeName(value)}`);
};

const WHITE_SPACE =
  '\0 \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a';

const trim = (left: boolean, right: boolean): Operator =>
  named(['input'], ['chars'], (fields, compile, name) => {
    const input = optionalExpression(fields, 'input', compile);
    const chars = fields.has('chars') ? optionalExpression(fields, 'chars', compile) : undefined;
    return (scope) => {
      const value = input(scope);
      const set = chars?.(scope);
      if (isNullish(value) || (chars !== undefined && isNullish(set))) return null;
      const trimmed = new Set(chars === undefined ? WHITE_SPACE : stringOperand(name, set, 50700));
      const points = [...stringOperand(name, value, 50699)];
      let [from, to] = [0, points.length];
      while (left && from < to && trimmed.has(points[from] ?? '')) from += 1;
      while (right && to > from && trimmed.has(points[to - 1] ?? '')) to -= 1;
      return points.slice(from, to).join('');
    };
  });

/** Counts code points up to an offset in UTF-16 units: the index the server reports. */
const pointIndex = (text: string, offset: number): number => [...text.slice(0, offset)].length;

const describe = (text: string, match: RegExpExecArray): Value =>
  docOf([
    ['match', match[0]],
    ['idx', pointIndex(text, match.index)],
    ['captures', match.slice(1).map((capture: string | undefined) => capture ?? null)],
  ]);

const regex = (answer: (text: string, pattern: RegExp) => Maybe, none: Value): Operator =>
  named(['input', 'regex'], ['options'], (fields, compile, name) => {
    const [input, pattern, options] = ['input', 'regex', 'options'].map((key) =>
      optionalExpression(fields, key, compile),
    );
    return (scope) => {
      const text = input?.(scope);
      const source = pattern?.(scope);
      const flags = options?.(scope);
      if (isNullish(source) || isNullish(text)) return none;
      if (typeof text !== 'string')
        throw new CommandError(51104, `${name} needs 'input' to be of type string`);
      if (typeof source !== 'string' && !(source instanceof RegExpValue)) {
        throw new CommandError(51105, `${name} needs 'regex' to be of type string or regex`);
      }
      if (!isNullish(flags) && typeof flags !== 'string') {
        throw new CommandError(51106, `${name} needs 'options' to be of type string`);
      }
      if (source instanceof RegExpValue) {
        if (source.options !== '' && typeof flags === 'string') {
          throw new CommandError(
            51107,
            `${name}: found regex option(s) specified in both 'regex' and 'option' fields`,
          );
        }
        return answer(text, toRegExp(source.pattern, typeof flags === 'string' ? flags : source.options));
      }
      return answer(text, toRegExp(source, typeof flags === 'string' ? flags : ''));
    };
  });

const firstMatch = (text: string, pattern: RegExp): Value => {
  const match = pattern.exec(text);
  return match === null ? null : describe(text, match);
};

const allMatches = (text: string, pattern: RegExp): Value =>
  [...text.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))].map((match) => describe(text, match));

const indexOf = (units: (text: string) => readonly string[] | Buffer): Operator =>
  nary(2, 4, ([text, search, start, end], name) => {
    if (isNullish(text)) return null;
    const all = units(stringOperand(name, text, 40091));
    const wanted = units(stringOperand(name, search, 40092));
    const bound = (value: Maybe, fallback: number): number => {
      if (value === undefined) return fallback;
      const number = isNumber(value) ? Number(toText(value)) : NaN;
      if (!Number.isInteger(number))
        throw new CommandError(40096, `${name} requires an integral index, found: ${typeName(value)}`);
      if (number < 0)
        throw new CommandError(40097, `${name} requires a nonnegative index, found: ${String(number)}`);
      return number;
    };
    const to = Math.min(bound(end, all.length), all.length);
    for (let i = bound(start, 0); i + wanted.length <= to; i += 1) {
      let j = 0;
      while (j < wanted.length && all[i + j] === wanted[j]) j += 1;
      if (j === wanted.length) return i;
    }
    return -1;
  });

export const STRINGS: OperatorTable = {
  $concat: concat,
  $indexOfBytes: indexOf((text) => Buffer.from(text)),
  $indexOfCP: indexOf((text) => [...text]),
  $ltrim: trim(true, false),
  $regexFind: regex(firstMatch, null),
  $regexFindAll: regex(allMatches, []),
  $regexMatch: regex((text, pattern) => pattern.test(text), false),
  $rtrim: trim(false, true),
  $strLenBytes: nary(1, 1, ([value], name) => Buffer.byteLength(stringOperand(name, value, 34473))),
  $strLenCP: nary(1, 1, ([value], name) => [...stringOperand(name, value, 34471)].length),
  $strcasecmp: nary(2, 2, ([left, right], name) => {
    const [a, b] = [coerce(name, left).toUpperCase(), coerce(name, right).toUpperCase()];
    return a < b ? -1 : a > b ? 1 : 0;
  }),
  $toLower: nary(1, 1, ([value], name) =>
    coerce(name, value).replace(/[A-Z]+/g, (text) => text.toLowerCase()),
  ),
  $toUpper: nary(1, 1, ([value], name) =>
    coerce(name, value).replace(/[a-z]+/g, (text) => text.toUpperCase()),
  ),
  $trim: trim(true, true),
};
