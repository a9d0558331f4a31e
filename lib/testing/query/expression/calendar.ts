import { CommandError } from '../../command-error.js';

/** Calendar fields of a moment, in the time zone it was taken apart for. */
export interface CalendarParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

const formatters = new Map<string, Intl.DateTimeFormat>();

const formatterOf = (zone: string): Intl.DateTimeFormat => {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  try {
    const made = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, made);
    return made;
  } catch {
    throw new CommandError(40485, `unrecognized time zone identifier: "${zone}"`);
  }
};

/** Milliseconds that local time is ahead of UTC at a moment. Zones: `+02:00`, `-0530`, `+03`, Olson names. */
export const zoneOffset = (zone: string | undefined, ms: number): number => {
  if (zone === undefined || zone === 'UTC' || zone === 'GMT' || zone === 'Z') return 0;
  const fixed = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0);
    return (fixed[1] === '-' ? -minutes : minutes) * MINUTE;
  }
  const parts = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return utc(year, month, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
};

/** Milliseconds of a UTC date; months, days and so on may lie outside of their range and carry over. */
export const utc = (
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
  millisecond = 0,
): number => {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, millisecond);
  return date.getTime();
};

/** A UTC Date whose fields are the local ones of the zone. */
export const localDate = (ms: number, zone: string | undefined): Date => new Date(ms + zoneOffset(zone, ms));

export const partsOf = (ms: number, zone: string | undefined): CalendarParts => {
  const date = localDate(ms, zone);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
};

/** The moment at which clocks of the zone show the given UTC milliseconds. */
export const fromLocal = (local: number, zone: string | undefined): number => {
  const guess = local - zoneOffset(zone, local);
  return local - zoneOffset(zone, guess);
};

const midnight = (date: Date): number =>
  utc(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());

/** 1 on January 1st. */
export const dayOfYear = (date: Date): number =>
  Math.round((midnight(date) - utc(date.getUTCFullYear(), 1, 1)) / DAY) + 1;

/** Weeks begin on Sunday; days before the first Sunday are in week 0. */
export const weekOfYear = (date: Date): number => Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7);

/** Monday is 1, Sunday 7. */
export const isoDay = (date: Date): number => date.getUTCDay() || 7;

/** ISO 8601: the week belongs to the year its Thursday lies in. */
export const isoWeek = (date: Date): { readonly year: number; readonly week: number } => {
  const thursday = new Date(midnight(date) + (4 - isoDay(date)) * DAY);
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
};

/** Local midnight of a day given by ISO year, week and day of the week. */
export const fromIsoWeek = (year: number, week: number, day: number): number => {
  const fourth = new Date(utc(year, 1, 4));
  return fourth.getTime() + ((week - 1) * 7 + day - isoDay(fourth)) * DAY;
};

const DURATIONS: Readonly<Record<string, number>> = {
  week: 7 * DAY,
  day: DAY,
  hour: 60 * MINUTE,
  minute: MINUTE,
  second: 1000,
  millisecond: 1,
};

const MONTHS: Readonly<Record<string, number>> = { year: 12, quarter: 3, month: 1 };

/** Adds an amount of a unit; a day that the month does not have becomes its last one. */
export const addUnit = (ms: number, unit: string, amount: number, zone: string | undefined): number => {
  const months = MONTHS[unit];
  const duration = DURATIONS[unit];
  if (months !== undefined) {
    const date = localDate(ms, zone);
    const total = date.getUTCFullYear() * 12 + date.getUTCMonth() + months * amount;
    const [year, month] = [Math.floor(total / 12), (((total % 12) + 12) % 12) + 1];
    const last = new Date(utc(year, month + 1, 0)).getUTCDate();
    return fromLocal(
      utc(year, month, Math.min(date.getUTCDate(), last)) + (date.getTime() - midnight(date)),
      zone,
    );
  }
  if (duration === undefined) throw new CommandError('FailedToParse', `unknown time unit value: ${unit}`);
  if (duration < DAY) return ms + duration * amount;
  return fromLocal(localDate(ms, zone).getTime() + duration * amount, zone);
};
