import type { Command } from '../commands/command.js';
import type { CommandContext } from '../commands/context.js';
import { CommandError } from '../command-error.js';
import { exactInteger } from '../query/number.js';
import type { Doc } from '../query/value.js';
import type { ServerVersion, VersionName } from '../versions.js';

/** Arguments that every command takes (mongodb/mongo, src/mongo/idl/generic_argument.idl), with the first version. */
const GENERIC: ReadonlyMap<string, VersionName> = new Map<string, VersionName>([
  ...(
    [
      '$db',
      '$clusterTime',
      '$readPreference',
      '$queryOptions',
      '$audit',
      '$client',
      '$configServerState',
      '$replData',
      'lsid',
      'txnNumber',
      'autocommit',
      'startTransaction',
      'coordinator',
      'stmtId',
      'maxTimeMS',
      'maxTimeMSOpOnly',
      'readConcern',
      'writeConcern',
      'databaseVersion',
      'shardVersion',
      'help',
    ] as const
  ).map((name) => [name, '4.2'] as const),
  ['comment', '4.4'],
  ['apiVersion', '5.0'],
  ['apiStrict', '5.0'],
  ['apiDeprecationErrors', '5.0'],
  ['mayBypassWriteBlocking', '6.0'],
  ['clientOperationKey', '6.0'],
  ['rawData', '8.2'],
]);

const unknownField = (command: string, field: string): CommandError =>
  new CommandError('IDLUnknownField', `BSON field '${command}.${field}' is an unknown field.`);

/** Refuses fields that the command does not have, where the command lists its own. */
export const checkFields = (command: Command, name: string, body: Doc, version: ServerVersion): void => {
  const { fields } = command;
  if (fields === undefined) return;
  for (const field of body.keys()) {
    if (field === name || fields.includes(field)) continue;
    const since = GENERIC.get(field);
    if (since === undefined || !version.atLeast(since)) throw unknownField(command.name, field);
  }
};

const API_FIELDS = ['apiVersion', 'apiStrict', 'apiDeprecationErrors'] as const;

/** The Stable API arguments: versioned-api specification and the server's own checks. */
export const checkApi = (context: CommandContext, command: Command, body: Doc): void => {
  const version = body.get('apiVersion');
  const strict = body.get('apiStrict');
  const deprecation = body.get('apiDeprecationErrors');
  if (!context.version.has('stableApi')) {
    const field = API_FIELDS.find((name) => body.has(name));
    if (field !== undefined) throw unknownField(command.name, field);
    return;
  }
  if (version === undefined) {
    if (strict !== undefined || deprecation !== undefined) {
      throw new CommandError(
        4886600,
        'Provided apiStrict and/or apiDeprecationErrors without passing apiVersion',
      );
    }
    if (context.member.parameters.get('requireApiVersion') === true && command.needsAuth !== false) {
      throw new CommandError(
        498870,
        "The apiVersion parameter is required, please configure your MongoClient's API version",
      );
    }
    return;
  }
  if (version !== '1' && !(version === '2' && context.member.parameters.get('acceptApiVersion2') === true)) {
    throw new CommandError('APIVersionError', 'API version must be "1"');
  }
  for (const [name, value] of [
    ['apiStrict', strict],
    ['apiDeprecationErrors', deprecation],
  ] as const) {
    if (value !== undefined && typeof value !== 'boolean') {
      throw new CommandError('TypeMismatch', `BSON field '${name}' is the wrong type, expected type 'bool'`);
    }
  }
  const stable =
    version === '1' &&
    (typeof command.stable === 'function' ? command.stable(body) : command.stable === true);
  if (strict === true && !stable) {
    throw new CommandError(
      'APIStrictError',
      `Provided apiStrict:true, but the command ${command.name} is not in API Version ${version}`,
    );
  }
  context.apiStrict = strict === true;
};

/** Commands for which maxTimeMS is how long to wait for data, or nothing at all. */
const OWN_MAX_TIME: ReadonlySet<string> = new Set(['getMore', 'hello', 'isMaster']);

export const readMaxTime = (context: CommandContext, command: Command, body: Doc): void => {
  const value = body.get('maxTimeMS');
  if (value === undefined || OWN_MAX_TIME.has(command.name)) return;
  const ms = exactInteger(value);
  if (ms === undefined || ms < 0n || ms > 0x7fffffffn) {
    throw new CommandError('BadValue', `${String(value)} value for maxTimeMS is out of range`);
  }
  if (ms > 0n) context.expiresAt = context.startedAt + Number(ms);
};
