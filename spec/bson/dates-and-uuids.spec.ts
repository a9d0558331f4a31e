import { describe, expect, it } from '@jest/globals';
import {
  Binary,
  CodecOptions,
  DATETIME_MAX,
  DATETIME_MIN,
  DatetimeMS,
  UUID,
  ZonedDateTime,
  decodeDocument,
  encodeDocument,
} from '../../lib/bson.js';

const FAR = [2n ** 62n, -(2n ** 63n), 2n ** 63n - 1n];

const stored = (time: bigint): Buffer => {
  const bytes = Buffer.from('1000000009640000000000000000000000'.slice(0, 32), 'hex');
  bytes.writeBigInt64LE(time, 7);
  return bytes;
};

describe('datetimeConversion', () => {
  it('[CODEC-12] datetime_ms covers the whole range and writes it back byte for byte', () => {
    const codecOptions = new CodecOptions({ datetimeConversion: 'datetime_ms' });
    for (const time of [...FAR, 0n, -1n]) {
      const bytes = stored(time);
      const document = decodeDocument(bytes, codecOptions) as { d: DatetimeMS };
      expect(document.d).toBeInstanceOf(DatetimeMS);
      expect(document.d.value).toBe(time);
      expect(Buffer.from(encodeDocument(document)).equals(bytes)).toBe(true);
    }
  });

  it('[CODEC-13] datetime_auto uses the wrapper only where it must', () => {
    const codecOptions = new CodecOptions({ datetimeConversion: 'datetime_auto' });
    expect(decodeDocument(stored(5n), codecOptions)).toEqual({ d: new Date(5) });
    for (const time of FAR)
      expect(decodeDocument(stored(time), codecOptions)).toEqual({ d: new DatetimeMS(time) });
  });

  it('[CODEC-14] datetime_clamp takes the nearest Date', () => {
    const codecOptions = new CodecOptions({ datetimeConversion: 'datetime_clamp' });
    expect(decodeDocument(stored(2n ** 62n), codecOptions)).toEqual({ d: DATETIME_MAX });
    expect(decodeDocument(stored(-(2n ** 62n)), codecOptions)).toEqual({ d: DATETIME_MIN });
    expect(decodeDocument(stored(7n), codecOptions)).toEqual({ d: new Date(7) });
  });
});

describe('DatetimeMS', () => {
  it('converts, compares, and keeps its range', () => {
    expect(new DatetimeMS(new Date(5)).toDate()).toEqual(new Date(5));
    expect(() => new DatetimeMS(2n ** 62n).toDate()).toThrow(RangeError);
    expect(() => new DatetimeMS(2n ** 63n)).toThrow(RangeError);
    expect(new DatetimeMS(1).compareTo(new DatetimeMS(2))).toBeLessThan(0);
    expect(new DatetimeMS(2).compareTo(new Date(2))).toBe(0);
    expect(JSON.stringify({ d: new DatetimeMS(2n ** 62n) })).toBe('{"d":"4611686018427387904"}');
  });
});

describe('tzAware', () => {
  it('[CODEC-8] decodes dates with their zone and writes the same instant back', () => {
    const bytes = encodeDocument({ d: new Date(1_704_034_800_123) });
    const document = decodeDocument(bytes, new CodecOptions({ tzAware: true })) as { d: ZonedDateTime };
    expect(document.d).toBeInstanceOf(ZonedDateTime);
    expect(document.d).toMatchObject({ epochMilliseconds: 1_704_034_800_123, timeZone: 'UTC' });
    expect(Buffer.from(encodeDocument(document)).equals(bytes)).toBe(true);
  });

  it('[CODEC-9] shows them in a chosen zone', () => {
    const codecOptions = new CodecOptions({ tzAware: true, tzinfo: 'Asia/Tokyo' });
    const { d } = decodeDocument(encodeDocument({ d: new Date('2024-01-01T00:00:00Z') }), codecOptions) as {
      d: ZonedDateTime;
    };
    expect(d.toString()).toBe('2024-01-01T09:00:00.000+09:00');
    expect(new ZonedDateTime(Date.UTC(2024, 6, 1, 12), 'America/New_York').toString()).toBe(
      '2024-07-01T08:00:00.000-04:00',
    );
    expect(new ZonedDateTime(-1, 'UTC').toString()).toBe('1969-12-31T23:59:59.999+00:00');
    expect(new ZonedDateTime(0, 'Asia/Kolkata').toString()).toBe('1970-01-01T05:30:00.000+05:30');
  });
});

describe('uuidRepresentation', () => {
  const uuid = new UUID('00112233-4455-6677-8899-aabbccddeeff');
  const layouts = {
    standard: '0400112233445566778899aabbccddeeff',
    pythonLegacy: '0300112233445566778899aabbccddeeff',
    javaLegacy: '037766554433221100ffeeddccbbaa9988',
    csharpLegacy: '033322110055447766' + '8899aabbccddeeff',
  } as const;

  it.each(Object.entries(layouts))(
    '[CODEC-17] [CODEC-18] %s stores and reads its order of bytes',
    (name, layout) => {
      const codecOptions = new CodecOptions({ uuidRepresentation: name as keyof typeof layouts });
      const bytes = encodeDocument({ u: uuid }, { codecOptions });
      expect(Buffer.from(bytes).toString('hex')).toContain(layout);
      const { u } = decodeDocument(bytes, codecOptions) as { u: UUID };
      expect(u).toBeInstanceOf(UUID);
      expect(u.toString()).toBe(uuid.toString());
    },
  );

  it('[CODEC-16] [CODEC-17] leaves binaries of the other subtype as they are', () => {
    const standard = new CodecOptions({ uuidRepresentation: 'standard' });
    const legacy = new CodecOptions({ uuidRepresentation: 'javaLegacy' });
    for (const [subtype, codecOptions] of [
      [3, standard],
      [4, legacy],
      [4, undefined],
      [3, undefined],
    ] as const) {
      const binary = new Binary(uuid.buffer, subtype);
      const { u } = decodeDocument(encodeDocument({ u: binary }), codecOptions) as { u: Binary };
      expect(u).not.toBeInstanceOf(UUID);
      expect(u).toEqual(binary);
    }
    const short = new Binary(Buffer.from('abc'), 4);
    expect(decodeDocument(encodeDocument({ u: short }), standard)).toEqual({ u: short });
  });
});
