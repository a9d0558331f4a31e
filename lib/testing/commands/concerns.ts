import { Timestamp } from 'bson';
import { CommandError } from '../command-error.js';
import { exactInteger, isNumber } from '../query/number.js';
import type { Doc, Maybe } from '../query/value.js';

/** A parsed `writeConcern`. */
export interface WriteConcern {
  /** A number of members, the name of a mode, or how many members of each tag (wire version 9 and later). */
  readonly w: number | string | Doc;
  readonly j: boolean;
  /** Milliseconds; 0 waits as long as it takes. */
  readonly wtimeout: number;
  /** The command names no `w`: the default of the deployment holds. */
  readonly implicit: boolean;
}

const LEVELS = ['local', 'available', 'majority', 'linearizable', 'snapshot'] as const;

/** A parsed `readConcern`. */
export interface ReadConcern {
  readonly level: (typeof LEVELS)[number];
  readonly afterClusterTime: Timestamp | undefined;
  readonly atClusterTime: Timestamp | undefined;
  /** Whether the command named a level. */
  readonly given: boolean;
}

export const DEFAULT_WRITE_CONCERN: WriteConcern = Object.freeze({
  w: 1,
  j: false,
  wtimeout: 0,
  implicit: true,
});

export const DEFAULT_READ_CONCERN: ReadConcern = Object.freeze({
  level: 'local',
  afterClusterTime: undefined,
  atClusterTime: undefined,
  given: false,
});

const wrongType = (field: string): never => {
  throw new CommandError('TypeMismatch', `BSON field '${field}' is the wrong type`);
};

/** The largest `w` that any replica set could satisfy. */
const MOST_MEMBERS = 50n;

const parseW = (w: Maybe): WriteConcern['w'] => {
  if (typeof w === 'string') return w;
  if (w instanceof Map) return w;
  if (w !== undefined && !isNumber(w)) {
    throw new CommandError('FailedToParse', 'w has to be a number, string, or object');
  }
  const count = w === undefined ? 1n : exactInteger(w);
  if (count === undefined || count < 0n || count > MOST_MEMBERS) {
    throw new CommandError('FailedToParse', 'w has to be a non-negative number and not greater than 50');
  }
  return Number(count);
};

const FIELDS = new Set([
  'w',
  'j',
  'wtimeout',
  'fsync',
  'provenance',
  'getLastError',
  'wOpTime',
  'wElectionId',
]);

export const parseWriteConcern = (value: Maybe): WriteConcern => {
  if (value === undefined) return DEFAULT_WRITE_CONCERN;
  if (!(value instanceof Map)) return wrongType('writeConcern');
  for (const field of value.keys()) {
    if (!FIELDS.has(field)) {
      throw new CommandError('IDLUnknownField', `BSON field 'WriteConcern.${field}' is an unknown field.`);
    }
  }
  const j = value.get('j') ?? value.get('fsync');
  if (j !== undefined && j !== null && typeof j !== 'boolean' && !isNumber(j)) {
    throw new CommandError('FailedToParse', 'j must be numeric or a boolean value');
  }
  const wtimeout = exactInteger(value.get('wtimeout') ?? 0);
  return {
    w: parseW(value.get('w')),
    j: j === true || (isNumber(j) && exactInteger(j) !== 0n),
    wtimeout: wtimeout === undefined || wtimeout < 0n ? 0 : Number(wtimeout),
    implicit: !value.has('w'),
  };
};

const timestampOf = (value: Maybe, field: string): Timestamp | undefined =>
  value === undefined || value instanceof Timestamp ? value : wrongType(`readConcern.${field}`);

export const parseReadConcern = (value: Maybe): ReadConcern => {
  if (value === undefined) return DEFAULT_READ_CONCERN;
  if (!(value instanceof Map)) return wrongType('readConcern');
  const level = value.get('level');
  if (level !== undefined && typeof level !== 'string') return wrongType('readConcern.level');
  const known = LEVELS.find((name) => name === (level ?? 'local'));
  if (known === undefined) {
    throw new CommandError(
      'FailedToParse',
      `readConcern.level must be either 'local', 'majority', 'linearizable', 'available', or 'snapshot'`,
    );
  }
  const parsed: ReadConcern = {
    level: known,
    afterClusterTime: timestampOf(value.get('afterClusterTime'), 'afterClusterTime'),
    atClusterTime: timestampOf(value.get('atClusterTime'), 'atClusterTime'),
    given: level !== undefined,
  };
  if (parsed.atClusterTime !== undefined && known !== 'snapshot') {
    throw new CommandError(
      'InvalidOptions',
      'readConcern.atClusterTime field can be set only if level is snapshot',
    );
  }
  return parsed;
};
