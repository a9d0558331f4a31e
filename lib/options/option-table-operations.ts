import type { OptionSpec } from './option-spec.js';
import { ReadPreference, READ_PREFERENCE_MODES, SMALLEST_MAX_STALENESS_SECONDS } from './read-preference.js';
import { tagSets } from './tag-sets.js';
import { choice, flag, integer, text, type Reading, type ValueKind } from './value-kinds.js';

const W_EXPECTED = 'an integer of at least 0 or a string that is not empty';

const w: ValueKind = {
  expected: W_EXPECTED,
  type: 'number | string',
  check: (value): Reading => {
    if (typeof value === 'number') {
      return Number.isInteger(value) && value >= 0 ? { value } : { wrong: 'value', expected: W_EXPECTED };
    }
    if (typeof value !== 'string') return { wrong: 'type', expected: W_EXPECTED };
    return value === '' ? { wrong: 'value', expected: W_EXPECTED } : { value };
  },
  fromText: (value) => (/^-?\d+$/.test(value) ? Number(value) : value),
};

const modes = choice(READ_PREFERENCE_MODES);

const readPreference: ValueKind = {
  expected: `a ReadPreference or ${modes.expected}`,
  type: 'ReadPreferenceLike',
  check: (value, warn) =>
    typeof value === 'string'
      ? modes.check(value, warn)
      : { value: ReadPreference.from(value as ReadPreference) },
  fromText: (value) => value,
};

const staleness: ValueKind = {
  ...integer(SMALLEST_MAX_STALENESS_SECONDS),
  expected: `-1 or an integer of at least ${String(SMALLEST_MAX_STALENESS_SECONDS)}`,
  check: (value, warn) => {
    if (value === -1) return { value };
    const reading = integer(SMALLEST_MAX_STALENESS_SECONDS).check(value, warn);
    return 'wrong' in reading ? { wrong: reading.wrong, expected: staleness.expected } : reading;
  },
};

export const OPERATION_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'readPreference',
    kind: readPreference,
    doc: 'Which members reads go to.',
    default: 'primary',
  },
  {
    name: 'readPreferenceTags',
    kind: tagSets,
    doc: 'Tag sets in order; the first one that a candidate matches decides. In a connection string the option may be repeated; an empty value matches any member. Refused with `readPreference=primary`.',
    repeated: 'list',
  },
  {
    name: 'maxStalenessSeconds',
    kind: staleness,
    doc: 'Seconds that a secondary may lag behind at most; -1 means no limit. Refused with `readPreference=primary`.',
    default: -1,
  },
  {
    name: 'readConcernLevel',
    kind: text(),
    doc: 'How isolated reads are: `local`, `available`, `majority`, `linearizable`, `snapshot`. Other strings are passed on to the server.',
    defaultText: "none sent: the server's default",
  },
  {
    name: 'w',
    kind: w,
    doc: 'Members that must have taken a write, the primary included; a tag-set name; or `majority`. 0 asks for no acknowledgement.',
    defaultText: "none sent: the server's default",
    refusedInUri: 'value',
  },
  {
    name: 'wTimeoutMS',
    kind: integer(0),
    doc: 'Milliseconds to wait for replication; 0 waits for ever. The write may have happened when it is over.',
    aliases: [{ name: 'wtimeoutMS' }, { name: 'wTimeout' }, { name: 'wtimeout' }],
    insteadUse: 'timeoutMS',
    refusedInUri: 'value',
  },
  {
    name: 'journal',
    kind: flag,
    doc: 'Wait until a write is in the journal. Refused with `w=0` and with `fsync`.',
    aliases: [{ name: 'j', deprecated: true }],
  },
  {
    name: 'fsync',
    kind: flag,
    doc: 'Wait until data files are synced where there is no journal. Refused with `journal`.',
  },
  {
    name: 'retryWrites',
    kind: flag,
    doc: 'Repeat a supported write once after a network or other retryable error.',
    default: true,
  },
  {
    name: 'retryReads',
    kind: flag,
    doc: 'Repeat a supported read once after a network or other retryable error.',
    default: true,
  },
  {
    name: 'maxAdaptiveRetries',
    kind: integer(0),
    doc: 'Most retries of an operation that an overloaded server turned away.',
    default: 2,
  },
  {
    name: 'enableOverloadRetargeting',
    kind: flag,
    doc: 'Whether such a retry prefers another server than the one that turned the operation away.',
    default: false,
  },
];
