import { didYouMean } from './suggest.js';
import type { ValueKind } from './value-kinds.js';

export const COMPRESSORS = ['snappy', 'zlib', 'zstd'] as const;
export type Compressor = (typeof COMPRESSORS)[number];

const EXPECTED = `a comma-separated list or an array out of ${COMPRESSORS.join(', ')}`;

const isCompressor = (name: string): name is Compressor => (COMPRESSORS as readonly string[]).includes(name);

/** `compressors`: names that are not known are left out with a warning (compression specification, "compressors"). */
export const compressors: ValueKind = {
  expected: EXPECTED,
  type: 'string | readonly Compressor[]',
  check: (value, warn) => {
    const names: unknown = typeof value === 'string' ? value.split(',') : value;
    if (!Array.isArray(names)) return { wrong: 'type', expected: EXPECTED };
    const known = new Set<Compressor>();
    for (const entry of names as unknown[]) {
      if (typeof entry !== 'string') return { wrong: 'type', expected: EXPECTED };
      const name = entry.trim();
      if (isCompressor(name)) known.add(name);
      else if (name !== '')
        warn(`Compressor "${name}" is not known and left out${didYouMean(name, COMPRESSORS)}`);
    }
    return { value: Object.freeze([...known]) };
  },
  fromText: (text) => text,
};
