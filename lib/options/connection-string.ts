import { InvalidURI } from '../core/errors/usage.js';
import type { HostAddress } from './host-address.js';
import { parseHostList } from './host-list.js';
import { checkConflicts } from './option-conflicts.js';
import { ALL_OPTIONS } from './option-table.js';
import { percentDecode } from './percent-encoding.js';
import { parseQuery, type OptionValues } from './query.js';
import { parseUserinfo, splitUri, type Userinfo } from './userinfo.js';

/** What a connection string says, before it is joined with an options object. */
export interface ConnectionString {
  /** The scheme is `mongodb+srv`: the one host is to be looked up. */
  readonly srv: boolean;
  readonly hosts: readonly HostAddress[];
  /** Decoded; a dotted path is kept whole (NAME-10). */
  readonly database: string | undefined;
  /** Present wherever the connection string has an "@", even with empty parts. */
  readonly userinfo: Userinfo | undefined;
  readonly values: OptionValues;
  readonly warnings: readonly string[];
}

export interface ParsedConnectionString extends Omit<ConnectionString, 'values'> {
  /** Options by their documented names. Secret ones are not enumerable. */
  readonly options: Readonly<Record<string, unknown>>;
}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const DATABASE_FORBIDDEN = ['/', '\\', ' ', '"', '$', '\0'];

export const isConnectionString = (text: string): boolean => text.includes('://');

/** Reads a connection string without judging combinations, which an options object may still change. */
export const readConnectionString = (uri: string): ConnectionString => {
  const scheme = SCHEME.exec(uri)?.[1];
  if (scheme !== 'mongodb' && scheme !== 'mongodb+srv') {
    const found = scheme === undefined ? '' : `, got "${scheme}://"`;
    throw new InvalidURI(`A connection string must begin with "mongodb://" or "mongodb+srv://"${found}`);
  }
  const srv = scheme === 'mongodb+srv';
  const parts = splitUri(uri.slice(scheme.length + 3));
  const userinfo = parts.userinfo === undefined ? undefined : parseUserinfo(parts.userinfo);
  if (parts.hosts === '') throw missingHost(parts.database);
  const hosts = parseHostList(parts.hosts, true);
  if (srv) checkSrvHost(hosts);
  const warnings: string[] = [];
  const values = parseQuery(parts.query, (message) => warnings.push(message));
  return { srv, hosts, database: parseDatabase(parts.database), userinfo, values, warnings };
};

/**
 * Parses a connection string; pure: no look-up, no file, nothing printed. Throws `InvalidURI` where the official
 * specifications call it invalid; what they have ignored is left out, with a warning each.
 */
export const parseConnectionString = (uri: string): ParsedConnectionString => {
  if (typeof uri !== 'string') throw new TypeError('A connection string must be a string');
  const { values, ...rest } = readConnectionString(uri);
  try {
    checkConflicts(values, { srv: rest.srv, hostCount: rest.hosts.length });
  } catch (error) {
    throw new InvalidURI((error as Error).message, { cause: error });
  }
  const options: Record<string, unknown> = {};
  for (const { name, secret } of ALL_OPTIONS) {
    if (values.has(name)) {
      Object.defineProperty(options, name, { value: values.get(name), enumerable: secret !== true });
    }
  }
  return { ...rest, options: Object.freeze(options) };
};

const missingHost = (path: string): InvalidURI =>
  new InvalidURI(
    path.endsWith('.sock') || path.endsWith('.sock/')
      ? `The path of a Unix domain socket must be percent-encoded: write "${encodeURIComponent(`/${path.replace(/\/$/, '')}`)}" as the host`
      : 'The connection string has no host',
  );

const checkSrvHost = (hosts: readonly HostAddress[]): void => {
  const [host, second] = hosts;
  if (second !== undefined) throw new InvalidURI('A mongodb+srv:// connection string names exactly one host');
  if (host?.port !== undefined)
    throw new InvalidURI('The host of a mongodb+srv:// connection string has no port');
  if (host?.socketPath !== undefined || host?.host.includes(':') === true) {
    throw new InvalidURI('The host of a mongodb+srv:// connection string is a DNS name');
  }
};

const parseDatabase = (encoded: string): string | undefined => {
  if (encoded === '') return undefined;
  const database = percentDecode(encoded, 'The database name in the connection string');
  const found = DATABASE_FORBIDDEN.find((character) => database.includes(character));
  if (found !== undefined) {
    throw new InvalidURI(
      `The database name in the connection string contains ${JSON.stringify(found)}, which no database name can`,
    );
  }
  return database;
};
