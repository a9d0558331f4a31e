import type { Timestamp } from 'bson';

/** A parsed `writeConcern`. */
export interface WriteConcern {
  readonly w: number | string;
  readonly j: boolean;
  /** Milliseconds; 0 waits as long as it takes. */
  readonly wtimeout: number;
  /** False where the command did not name one. */
  readonly given: boolean;
}

/** A parsed `readConcern`. */
export interface ReadConcern {
  readonly level: 'local' | 'available' | 'majority' | 'linearizable' | 'snapshot';
  readonly afterClusterTime: Timestamp | undefined;
  readonly atClusterTime: Timestamp | undefined;
  readonly given: boolean;
}

export const DEFAULT_WRITE_CONCERN: WriteConcern = Object.freeze({ w: 1, j: false, wtimeout: 0, given: false });

export const DEFAULT_READ_CONCERN: ReadConcern = Object.freeze({
  level: 'local',
  afterClusterTime: undefined,
  atClusterTime: undefined,
  given: false,
});
