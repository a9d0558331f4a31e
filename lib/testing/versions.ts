/** Server versions that a deployment can speak as, oldest first, with the wire version each reports. */
export const WIRE_VERSIONS = {
  '4.2': 8,
  '4.4': 9,
  '5.0': 13,
  '6.0': 17,
  '7.0': 21,
  '8.0': 25,
  '8.2': 27,
} as const;

/** The patch release each series answers as: late ones, so that rules of early patch releases need no rows. */
const PATCH_RELEASES: Record<VersionName, number> = {
  '4.2': 25,
  '4.4': 29,
  '5.0': 31,
  '6.0': 25,
  '7.0': 24,
  '8.0': 14,
  '8.2': 1,
};

export type VersionName = keyof typeof WIRE_VERSIONS;

export const VERSION_NAMES = Object.keys(WIRE_VERSIONS) as readonly VersionName[];

export const NEWEST_VERSION: VersionName = '8.2';

/** Behaviour that depends on the version: since when (or until before which) it holds, what it is, who says so. */
export interface VersionRule {
  readonly since: VersionName;
  /** First version without it. */
  readonly until?: VersionName;
  readonly rule: string;
  readonly source: string;
}

export const VERSION_RULES = {
  helloCommand: {
    since: '4.4',
    rule: '`hello` is a command, and `helloOk: true` is answered to a client that asks (4.4.2 and later).',
    source: 'mongodb-handshake specification, "Legacy Hello"',
  },
  streamingHello: {
    since: '4.4',
    rule: 'hello has `topologyVersion` and waits for a change when given it with `maxAwaitTimeMS`; exhaust allowed.',
    source: 'server-monitoring specification, "Streaming protocol"',
  },
  retryableWriteLabel: {
    since: '4.4',
    rule: 'The server itself labels retryable write errors with RetryableWriteError.',
    source: 'retryable-writes specification, "Determining Retryable Errors"',
  },
  newPrimaryTerms: {
    since: '4.4',
    rule: 'Errors 10107, 13435 and 13436 are named and worded with "primary"; before with "master".',
    source: 'server-discovery-and-monitoring specification, "not writable primary and node is recovering"',
  },
  speculativeAuthentication: {
    since: '4.4',
    rule: 'hello takes `speculativeAuthenticate`, saslStart the option `skipEmptyExchange`.',
    source: 'auth specification, "Speculative Authentication"',
  },
  stableApi: {
    since: '5.0',
    rule: 'Commands take apiVersion, apiStrict and apiDeprecationErrors; before they are unknown fields.',
    source: 'versioned-api specification',
  },
  legacyOpcodesRemoved: {
    since: '6.0',
    rule: 'OP_QUERY is answered for hello, isMaster and _isSelf alone, else error 352.',
    source: 'manual, release notes for 5.1 and 6.0: "Removed Opcodes"',
  },
  snapshotReads: {
    since: '5.0',
    rule: 'Read concern level snapshot outside of transactions on find, aggregate and distinct.',
    source: 'snapshot-sessions specification',
  },
  retriedStmtIds: {
    since: '5.0',
    rule: 'Replies to retried writes list `retriedStmtIds`.',
    source: 'manual, release notes for 5.0',
  },
  writeConcernTimeoutName: {
    since: '8.2',
    rule: 'Code 64 is named WriteConcernTimeout; before WriteConcernFailed.',
    source: 'mongodb/mongo src/mongo/base/error_codes.yml',
  },
  letVariables: {
    since: '5.0',
    rule: 'find, aggregate, update, delete and findAndModify take `let`; before it is an unknown field.',
    source: 'manual, release notes for 5.0: `let` option',
  },
  dollarFields: {
    since: '5.0',
    rule: 'Field names of stored documents may start with `$`; update operators may have no fields.',
    source: 'manual, "Field Names with Periods and Dollar Signs", release notes for 5.0',
  },
  writeHints: {
    since: '4.4',
    rule: 'Statements of delete, and findAndModify, take `hint`; before they refuse it (update: since 4.2).',
    source: 'crud specification, "hint" on delete and findAndModify',
  },
  documentComment: {
    since: '4.4',
    rule: '`comment` may be any value; before find and aggregate take strings alone and getMore none.',
    source: 'crud specification, "comment"',
  },
  findDiskUse: {
    since: '4.4',
    rule: 'find takes `allowDiskUse`.',
    source: 'crud specification, "allowDiskUse"',
  },
  findExpressions: {
    since: '4.4',
    rule: 'Projections of find take aggregation expressions and literals.',
    source: 'manual, release notes for 4.4: projection consistency',
  },
  updateSort: {
    since: '8.0',
    rule: 'Statements of update that change one document take `sort`.',
    source: 'crud specification, "sort" of updateOne and replaceOne',
  },
  distinctHint: {
    since: '8.0',
    rule: 'distinct takes `hint` (7.1 and later).',
    source: 'crud specification, DistinctOptions',
  },
  clientBulkWrite: {
    since: '8.0',
    rule: 'bulkWrite is a command.',
    source: 'crud specification, bulk-write.md',
  },
  validationDetails: {
    since: '5.0',
    rule: 'Error 121 says in `errInfo` which rules a document breaks.',
    source: 'manual, release notes for 5.0: schema validation errors',
  },
  cappedDeletes: {
    since: '5.0',
    rule: 'Documents of capped collections can be deleted; before error 20.',
    source: 'manual, release notes for 5.0: capped collections',
  },
  dropMissing: {
    since: '7.0',
    rule: 'drop of a collection that does not exist succeeds; before error 26.',
    source: 'manual, drop command',
  },
  createAgain: {
    since: '7.0',
    rule: 'create of what exists with the same options succeeds; before error 48.',
    source: 'manual, release notes for 7.0: create',
  },
  hiddenIndexes: {
    since: '4.4',
    rule: 'createIndexes takes `hidden` and `commitQuorum`; listIndexes no longer shows `ns`.',
    source: 'manual, release notes for 4.4',
  },
  uniqueConversion: {
    since: '6.0',
    rule: 'collMod converts an index to unique, with `prepareUnique` before.',
    source: 'manual, collMod',
  },
  indexSignature: {
    since: '5.0',
    rule: 'Indexes with the same keys may differ in `unique` and `sparse`.',
    source: 'manual, release notes for 5.0: createIndexes',
  },
  timeseries: {
    since: '5.0',
    rule: 'create takes `timeseries`.',
    source: 'manual, release notes for 5.0',
  },
  clusteredCollections: {
    since: '6.0',
    rule: 'create takes `clusteredIndex` (5.3 and later).',
    source: 'manual, release notes for 5.3',
  },
  configTerm: {
    since: '4.4',
    rule: 'A replica set configuration has a `term`; a reconfiguration changes the votes of one member at most.',
    source: 'manual, replSetReconfig, and release notes for 4.4',
  },
  secondaryDelaySecs: {
    since: '5.0',
    rule: 'Members have `secondaryDelaySecs`; before it was `slaveDelay`.',
    source: 'manual, release notes for 5.0',
  },
  implicitMajority: {
    since: '5.0',
    rule: 'Writes without a write concern wait for a majority, unless arbiters could keep that from being reached.',
    source: 'manual, "Write Concern", implicit default write concern',
  },
  preImages: {
    since: '6.0',
    rule: 'create and collMod take `changeStreamPreAndPostImages`.',
    source: 'manual, release notes for 6.0',
  },
  expandedEvents: {
    since: '6.0',
    rule: '$changeStream takes `showExpandedEvents` and `fullDocumentBeforeChange`.',
    source: 'manual, "Expanded Events", release notes for 6.0',
  },
  wallTime: {
    since: '6.0',
    rule: 'Change events have `wallTime`.',
    source: 'change-streams specification, ChangeStreamDocument',
  },
  truncatedArrays: {
    since: '5.0',
    rule: 'The updateDescription of change events has `truncatedArrays` (4.7 and later).',
    source: 'change-streams specification, UpdateDescription',
  },
  updateDiffs: {
    since: '5.0',
    rule: 'Updates are in the oplog as `{$v: 2, diff}`; before as `{$v: 1, $set, $unset}`.',
    source: 'mongodb/mongo src/mongo/db/update/README.md and document_diff_serialization.h',
  },
  splitLargeEvent: {
    since: '7.0',
    rule: '$changeStreamSplitLargeEvent is a stage (6.0.9 and later).',
    source: 'manual, "$changeStreamSplitLargeEvent"',
  },
  eventNsType: {
    since: '8.2',
    rule: 'create events have `nsType` (8.1 and later).',
    source: 'change-streams specification, ChangeStreamDocument',
  },
  createInTransaction: {
    since: '4.4',
    rule: 'Collections and indexes can be created in transactions; before error 263.',
    source: 'manual, release notes for 4.4: "Transactions, Create Collections and Indexes In Transactions"',
  },
  pointInTimeCatalog: {
    since: '7.0',
    rule: 'A collection that is newer than a snapshot does not exist in it; before SnapshotUnavailable.',
    source: 'manual, "Read Concern snapshot"; mongodb/mongo catalog README, "Point-in-time Catalog Lookups"',
  },
} as const satisfies Record<string, VersionRule>;

export type VersionRuleName = keyof typeof VERSION_RULES;

/** The version a deployment speaks as, with its gates. */
export class ServerVersion {
  readonly name: VersionName;
  /** `major.minor.patch` as buildInfo says it. */
  readonly full: string;
  readonly wireVersion: number;
  readonly #rank: number;

  constructor(name: VersionName) {
    this.name = name;
    this.full = `${name}.${String(PATCH_RELEASES[name])}`;
    this.wireVersion = WIRE_VERSIONS[name];
    this.#rank = VERSION_NAMES.indexOf(name);
  }

  /** Whether this version is `name` or newer. */
  atLeast(name: VersionName): boolean {
    return this.#rank >= VERSION_NAMES.indexOf(name);
  }

  /** Whether a row of the table holds on this version. */
  has(rule: VersionRuleName): boolean {
    const row: VersionRule = VERSION_RULES[rule];
    return this.atLeast(row.since) && (row.until === undefined || !this.atLeast(row.until));
  }
}

/** The version of that name; a patch release stands for its series. Throws for a version nobody wrote rules for. */
export const parseVersion = (text: string): ServerVersion => {
  const name = text.split('.').slice(0, 2).join('.');
  if (!Object.hasOwn(WIRE_VERSIONS, name)) {
    throw new TypeError(
      `Unknown server version ${JSON.stringify(text)}: one of ${VERSION_NAMES.join(', ')} is possible`,
    );
  }
  return new ServerVersion(name as VersionName);
};
