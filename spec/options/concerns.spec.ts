import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../lib/core/errors/usage.js';
import { ReadConcern } from '../../lib/options/read-concern.js';
import { ReadPreference } from '../../lib/options/read-preference.js';
import { WriteConcern } from '../../lib/options/write-concern.js';

describe('WriteConcern', () => {
  it('[WC-1] is the server default without fields', () => {
    expect(new WriteConcern().isServerDefault).toBe(true);
    expect(new WriteConcern().toCommand()).toEqual({});
    expect(new WriteConcern({ journal: false }).isServerDefault).toBe(false);
  });

  it('[WC-2] takes a number or a string for w', () => {
    expect(new WriteConcern({ w: 'majority' }).toCommand()).toEqual({ w: 'majority' });
    expect(() => new WriteConcern({ w: true as never })).toThrow(TypeError);
    for (const w of [-1, 1.5, NaN, '']) expect(() => new WriteConcern({ w })).toThrow(ConfigurationError);
  });

  it('[WC-3] sends w: 0 alone', () => {
    const concern = new WriteConcern({ w: 0, wTimeoutMS: 500, journal: false });
    expect(concern.isAcknowledged).toBe(false);
    expect(concern.toCommand()).toEqual({ w: 0 });
    expect(new WriteConcern({ w: 1 }).isAcknowledged).toBe(true);
  });

  it('[WC-4] [WC-8] refuses contradictions', () => {
    expect(() => new WriteConcern({ w: 0, journal: true })).toThrow(ConfigurationError);
    expect(() => new WriteConcern({ journal: true, fsync: true })).toThrow(ConfigurationError);
  });

  it('[WC-5] [WC-6] [WC-7] writes the names of the server', () => {
    expect(new WriteConcern({ wTimeoutMS: 0, journal: true }).toCommand()).toEqual({ wtimeout: 0, j: true });
    expect(new WriteConcern({ fsync: true }).toCommand()).toEqual({ fsync: true });
    expect(() => new WriteConcern({ wTimeoutMS: -1 })).toThrow(ConfigurationError);
    expect(() => new WriteConcern({ wTimeoutMS: '1' as never })).toThrow(TypeError);
    expect(() => new WriteConcern({ journal: 1 as never })).toThrow(TypeError);
  });

  it('is made from plain objects in every documented spelling, the present name first', () => {
    expect(WriteConcern.from({ j: true, wtimeout: 5 } as never)).toEqual(
      new WriteConcern({ journal: true, wTimeoutMS: 5 }),
    );
    expect(WriteConcern.from({ j: true, journal: false } as never).journal).toBe(false);
    expect(() => WriteConcern.from({ q: 1 } as never)).toThrow(ConfigurationError);
    expect(() => WriteConcern.from('majority' as never)).toThrow(TypeError);
  });

  it('[WC-10] is immutable and prints its fields', () => {
    const concern = new WriteConcern({ w: 'majority', wTimeoutMS: 5 });
    expect(() => {
      (concern as { w: unknown }).w = 1;
    }).toThrow(TypeError);
    expect(inspect(concern)).toBe("WriteConcern(w='majority', wTimeoutMS=5)");
    expect(inspect(WriteConcern.SERVER_DEFAULT)).toBe('WriteConcern()');
    expect(WriteConcern.from(concern)).toBe(concern);
  });
});

describe('ReadConcern', () => {
  it('[WC-9] [WC-10] is a level or the server default', () => {
    expect(new ReadConcern().toCommand()).toEqual({});
    expect(ReadConcern.from('majority').toCommand()).toEqual({ level: 'majority' });
    expect(ReadConcern.from({ level: 'local' }).isServerDefault).toBe(false);
    expect(() => new ReadConcern(5 as never)).toThrow(TypeError);
    expect(() => ReadConcern.from(5 as never)).toThrow(TypeError);
    expect(inspect(new ReadConcern('local'))).toBe("ReadConcern('local')");
    expect(inspect(new ReadConcern())).toBe('ReadConcern()');
    expect(Object.isFrozen(new ReadConcern())).toBe(true);
  });
});

describe('ReadPreference', () => {
  it('[SEL-2] has ready-made objects under both spellings that print as constructors', () => {
    expect(inspect(ReadPreference.PRIMARY)).toBe('Primary()');
    expect(inspect(ReadPreference.SECONDARY)).toBe('Secondary(tagSets=null)');
    expect(inspect(new ReadPreference('nearest', { tagSets: [{ dc: 'ny' }], maxStalenessSeconds: 90 }))).toBe(
      'Nearest(tagSets=[{"dc":"ny"}], maxStalenessSeconds=90)',
    );
    expect(ReadPreference.secondaryPreferred).toBe(ReadPreference.SECONDARY_PREFERRED);
    expect(ReadPreference.primaryPreferred).toBe(ReadPreference.PRIMARY_PREFERRED);
    expect([ReadPreference.primary, ReadPreference.secondary, ReadPreference.nearest]).toEqual([
      ReadPreference.PRIMARY,
      ReadPreference.SECONDARY,
      ReadPreference.NEAREST,
    ]);
  });

  it('[SEL-1] is made from a mode, an instance or a plain object', () => {
    expect(ReadPreference.from('secondary')).toBe(ReadPreference.SECONDARY);
    expect(ReadPreference.from(ReadPreference.NEAREST)).toBe(ReadPreference.NEAREST);
    expect(ReadPreference.from({ mode: 'nearest', tags: [{ a: 'b' }] }).tagSets).toEqual([{ a: 'b' }]);
    expect(() => ReadPreference.from('second' as never)).toThrow(ConfigurationError);
    expect(() => ReadPreference.from(5 as never)).toThrow(TypeError);
    expect(() => ReadPreference.from({} as never)).toThrow(TypeError);
  });

  it('[SEL-4] [SEL-5] refuses what cannot be combined or is out of range', () => {
    for (const maxStalenessSeconds of [0, 30, -2, 90.5]) {
      expect(() => new ReadPreference('nearest', { maxStalenessSeconds })).toThrow(ConfigurationError);
    }
    expect(() => new ReadPreference('primary', { maxStalenessSeconds: 90 })).toThrow(ConfigurationError);
    expect(() => new ReadPreference('primary', { tagSets: [{ a: 'b' }] })).toThrow(ConfigurationError);
    expect(() => new ReadPreference('primary', { hedge: { enabled: true } })).toThrow(ConfigurationError);
    expect(new ReadPreference('primary', { tagSets: [] }).tagSets).toBeNull();
    expect(() => new ReadPreference('nearest', { tagSets: {} as never })).toThrow(TypeError);
    expect(() => new ReadPreference('nearest', { tagSets: [{ a: 1 as never }] })).toThrow(TypeError);
  });

  it('[SEL-10] becomes the field of a command, without hedge unless given', () => {
    expect(ReadPreference.SECONDARY.toCommand()).toEqual({ mode: 'secondary' });
    const full = { tagSets: [{ dc: 'ny' }, {}], maxStalenessSeconds: 120, hedge: { enabled: true } };
    expect(new ReadPreference('secondary', full).toCommand()).toEqual({
      mode: 'secondary',
      tags: [{ dc: 'ny' }, {}],
      maxStalenessSeconds: 120,
      hedge: { enabled: true },
    });
  });

  it('[WC-10] does not change with what it was made from', () => {
    const tags = { dc: 'ny' };
    const preference = new ReadPreference('nearest', { tagSets: [tags] });
    tags.dc = 'sf';
    expect(preference.tagSets).toEqual([{ dc: 'ny' }]);
    expect(() => {
      (preference.tagSets as object[]).push({});
    }).toThrow(TypeError);
  });
});
