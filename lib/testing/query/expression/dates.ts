import { ObjectId, Timestamp } from 'bson';
import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import { exactInteger, isNumber } from '../number.js';
import { DateTime, isArray, isDoc, type Maybe, type Value } from '../value.js';
import {
  addUnit,
  dayOfYear,
  fromIsoWeek,
  fromLocal,
  isoDay,
  isoWeek,
  localDate,
  partsOf,
  utc,
  weekOfYear,
  zoneOffset,
} from './calendar.js';
import {
  docOf,
  isNullish,
  named,
  optionalExpression,
  type Compile,
  type Expression,
  type Operator,
  type OperatorTable,
} from './operator.js';

/** Milliseconds of anything that has a date in it. */
const millisecondsOf = (name: string, value: Value): number => {
  if (value instanceof DateTime) return Number(value.ms);
  if (value instanceof ObjectId) return value.getTimestamp().getTime();
  if (value instanceof Timestamp) return value.t * 1000;
  throw new CommandError(16006, `can't convert from BSON type ${typeName(value)} to Date in ${name}`);
};

const zoneOf = (name: string, value: Maybe): string | undefined => {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return value;
  throw new CommandError(
    40517,
    `${name} requires a string for the timezone argument, but was given a ${typeName(value)}`,
  );
};

/** The operand is a date, or a document with `date` and `timezone`. */
const dateOperand = (
  operand: Value,
  compile: Compile,
): readonly [date: Expression, zone: Expression | undefined] => {
  const single = isArray(operand) && operand.length === 1 ? (operand[0] ?? null) : operand;
  if (!isDoc(single) || !single.has('date')) return [compile(single), undefined];
  return [
    compile(single.get('date') ?? null),
    single.has('timezone') ? optionalExpression(single, 'timezone', compile) : undefined,
  ];
};

const part =
  (read: (local: Date) => Value): Operator =>
  (operand, compile, name) => {
    const [date, zone] = dateOperand(operand, compile);
    return (scope) => {
      const value = date(scope);
      const timezone = zone?.(scope);
      if (isNullish(value) || (zone !== undefined && isNullish(timezone))) return null;
      return read(localDate(millisecondsOf(name, value), zoneOf(name, timezone)));
    };
  };

const dateToParts = named(['date'], ['timezone', 'iso8601'], (fields, compile, name) => {
  const [date, zone, iso] = ['date', 'timezone', 'iso8601'].map((key) =>
    optionalExpression(fields, key, compile),
  );
  return (scope) => {
    const value = date?.(scope);
    const timezone = zone?.(scope);
    if (isNullish(value) || timezone === null) return null;
    const ms = millisecondsOf(name, value);
    const { year, month, day, ...time } = partsOf(ms, zoneOf(name, timezone));
    if (iso?.(scope) !== true) return docOf(Object.entries({ year, month, day, ...time }));
    const local = localDate(ms, zoneOf(name, timezone));
    const week = isoWeek(local);
    return docOf(
      Object.entries({ isoWeekYear: week.year, isoWeek: week.week, isoDayOfWeek: isoDay(local), ...time }),
    );
  };
});

const PARTS = [
  'year',
  'month',
  'day',
  'isoWeekYear',
  'isoWeek',
  'isoDayOfWeek',
  'hour',
  'minute',
  'second',
  'millisecond',
];

const dateFromParts = named([], [...PARTS, 'timezone'], (fields, compile, name) => {
  const iso = fields.has('isoWeekYear');
  if (!iso && !fields.has('year')) {
    throw new CommandError(40516, `${name} requires either 'year' or 'isoWeekYear' to be present`);
  }
  const parts = PARTS.map(
    (key) => [key, fields.has(key) ? optionalExpression(fields, key, compile) : undefined] as const,
  );
  const zone = fields.has('timezone') ? optionalExpression(fields, 'timezone', compile) : undefined;
  return (scope) => {
    const given: Record<string, number> = {};
    for (const [key, expression] of parts) {
      if (expression === undefined) continue;
      const value = expression(scope);
      if (isNullish(value)) return null;
      const integer = isNumber(value) ? exactInteger(value) : undefined;
      if (integer === undefined)
        throw new CommandError(40515, `'${key}' must evaluate to an integer, found ${typeName(value)}`);
      given[key] = Number(integer);
    }
    const timezone = zone?.(scope);
    if (zone !== undefined && isNullish(timezone)) return null;
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0 } = given;
    const { isoWeekYear = 1970, isoWeek: week = 1, isoDayOfWeek = 1 } = given;
    const start = iso ? fromIsoWeek(isoWeekYear, week, isoDayOfWeek) : utc(year, month, day);
    const local = start + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
    return new DateTime(BigInt(fromLocal(local, zoneOf(name, timezone))));
  };
});

const pad = (number: number, width: number): string => String(number).padStart(width, '0');

const offsetText = (offset: number): string => {
  const minutes = Math.abs(Math.round(offset / 60_000));
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${pad(minutes % 60, 2)}`;
};

const monthName = (local: Date, width: 'short' | 'long'): string =>
  local.toLocaleString('en-US', { month: width, timeZone: 'UTC' });

/** Manual, "$dateToString": Format Specifiers. */
const SPECIFIERS: Readonly<Record<string, (local: Date, offset: number) => string>> = {
  b: (local) => monthName(local, 'short'),
  B: (local) => monthName(local, 'long'),
  d: (local) => pad(local.getUTCDate(), 2),
  G: (local) => pad(isoWeek(local).year, 4),
  H: (local) => pad(local.getUTCHours(), 2),
  j: (local) => pad(dayOfYear(local), 3),
  L: (local) => pad(local.getUTCMilliseconds(), 3),
  m: (local) => pad(local.getUTCMonth() + 1, 2),
  M: (local) => pad(local.getUTCMinutes(), 2),
  S: (local) => pad(local.getUTCSeconds(), 2),
  u: (local) => String(isoDay(local)),
  U: (local) => pad(weekOfYear(local), 2),
  V: (local) => pad(isoWeek(local).week, 2),
  w: (local) => String(local.getUTCDay() + 1),
  Y: (local) => pad(local.getUTCFullYear(), 4),
  z: (_local, offset) => offsetText(offset),
  Z: (_local, offset) => String(Math.round(offset / 60_000)),
  '%': () => '%',
};

const formatDate = (local: Date, offset: number, format: string): string =>
  format.replace(/%(.?)/gs, (_all, letter: string) => {
    const write = Object.hasOwn(SPECIFIERS, letter) ? SPECIFIERS[letter] : undefined;
    if (write === undefined)
      throw new CommandError(18536, `Invalid format character '%${letter}' in format string`);
    return write(local, offset);
  });

const dateToString = named(['date'], ['format', 'timezone', 'onNull'], (fields, compile, name) => {
  const [date, onNull] = ['date', 'onNull'].map((key) => optionalExpression(fields, key, compile));
  const format = fields.has('format') ? optionalExpression(fields, 'format', compile) : undefined;
  const zone = fields.has('timezone') ? optionalExpression(fields, 'timezone', compile) : undefined;
  return (scope) => {
    const value = date?.(scope);
    const pattern = format?.(scope);
    const timezone = zone?.(scope);
    if (isNullish(value)) return fields.has('onNull') ? onNull?.(scope) : null;
    if ((format !== undefined && isNullish(pattern)) || (zone !== undefined && isNullish(timezone)))
      return null;
    if (format !== undefined && typeof pattern !== 'string') {
      throw new CommandError(
        18533,
        `${name} requires that 'format' be a string, found: ${typeName(pattern)}`,
      );
    }
    const ms = millisecondsOf(name, value);
    const zoneName = zoneOf(name, timezone);
    const standard =
      zoneName === undefined || zoneName === 'UTC' ? '%Y-%m-%dT%H:%M:%S.%LZ' : '%Y-%m-%dT%H:%M:%S.%L';
    return formatDate(
      localDate(ms, zoneName),
      zoneOffset(zoneName, ms),
      typeof pattern === 'string' ? pattern : standard,
    );
  };
});

const shift = (sign: 1 | -1): Operator =>
  named(['startDate', 'unit', 'amount'], ['timezone'], (fields, compile, name) => {
    const [start, unit, amount] = ['startDate', 'unit', 'amount'].map((key) =>
      optionalExpression(fields, key, compile),
    );
    const zone = fields.has('timezone') ? optionalExpression(fields, 'timezone', compile) : undefined;
    return (scope) => {
      const [date, by, count] = [start?.(scope), unit?.(scope), amount?.(scope)];
      const timezone = zone?.(scope);
      if (isNullish(date) || isNullish(by) || isNullish(count) || (zone !== undefined && isNullish(timezone)))
        return null;
      const steps = isNumber(count) ? exactInteger(count) : undefined;
      if (steps === undefined)
        throw new CommandError(5166405, `${name} expects integer amount of time units`);
      if (typeof by !== 'string')
        throw new CommandError(5166401, `${name} expects string defining the time unit`);
      const ms = addUnit(millisecondsOf(name, date), by, sign * Number(steps), zoneOf(name, timezone));
      return new DateTime(BigInt(ms));
    };
  });

export const DATES: OperatorTable = {
  $dateAdd: shift(1),
  $dateFromParts: dateFromParts,
  $dateSubtract: shift(-1),
  $dateToParts: dateToParts,
  $dateToString: dateToString,
  $dayOfMonth: part((local) => local.getUTCDate()),
  $dayOfWeek: part((local) => local.getUTCDay() + 1),
  $dayOfYear: part(dayOfYear),
  $hour: part((local) => local.getUTCHours()),
  $isoDayOfWeek: part(isoDay),
  $isoWeek: part((local) => isoWeek(local).week),
  $isoWeekYear: part((local) => BigInt(isoWeek(local).year)),
  $millisecond: part((local) => local.getUTCMilliseconds()),
  $minute: part((local) => local.getUTCMinutes()),
  $month: part((local) => local.getUTCMonth() + 1),
  $second: part((local) => local.getUTCSeconds()),
  $week: part(weekOfYear),
  $year: part((local) => local.getUTCFullYear()),
};
