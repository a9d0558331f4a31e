const FIELDS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;

/** Throws a `RangeError` for a name that the platform does not know. */
export const checkTimeZone = (timeZone: string): void => {
  new Intl.DateTimeFormat('en-US', { timeZone });
};

/** The offset of a zone from UTC at an instant, in minutes. */
const offsetMinutes = (epochMilliseconds: number, timeZone: string): number => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(epochMilliseconds);
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const [year, month, day, hour, minute, second] = FIELDS.map(read) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const beforeChrist = parts.some((part) => part.type === 'era' && part.value.startsWith('B'));
  const local = new Date(0);
  local.setUTCFullYear(beforeChrist ? 1 - year : year, month - 1, day);
  local.setUTCHours(hour, minute, second);
  return Math.round((local.getTime() - Math.floor(epochMilliseconds / 1000) * 1000) / 60_000);
};

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** An instant together with the time zone it is shown in: what a BSON date decodes to with `tzAware`. */
export class ZonedDateTime {
  readonly epochMilliseconds: number;
  /** IANA name, for example `Europe/Berlin`, or `UTC`. */
  readonly timeZone: string;

  constructor(epochMilliseconds: number, timeZone = 'UTC') {
    if (!Number.isInteger(epochMilliseconds) || Math.abs(epochMilliseconds) > 8.64e15) {
      throw new RangeError(
        `${String(epochMilliseconds)} is not a number of milliseconds that a Date can hold`,
      );
    }
    this.epochMilliseconds = epochMilliseconds;
    this.timeZone = timeZone;
    Object.freeze(this);
  }

  toDate(): Date {
    return new Date(this.epochMilliseconds);
  }

  /** The encoder stores the instant; a BSON date has no zone. */
  toBSON(): Date {
    return this.toDate();
  }

  /** ISO 8601 with the offset of the zone at this instant, for example `2024-01-01T09:00:00.000+09:00`. */
  toString(): string {
    const offset = this.timeZone === 'UTC' ? 0 : offsetMinutes(this.epochMilliseconds, this.timeZone);
    const local = new Date(this.epochMilliseconds + offset * 60_000).toISOString().slice(0, -1);
    const distance = Math.abs(offset);
    return `${local}${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(distance / 60))}:${twoDigits(distance % 60)}`;
  }

  toJSON(): string {
    return this.toString();
  }
}
