import { ConfigurationError } from '../core/errors/usage.js';
import { parseConnectionString } from './connection-string.js';
import { optionByUriName } from './option-table.js';
import { splitUri } from './userinfo.js';

/**
 * Joins connection strings into one: all hosts, and of user name and password, database and each option those of the
 * last connection string that has them (CONN-6). Throws `InvalidURI` for one that cannot be read, and for a result
 * that cannot.
 */
export const mergeConnectionStrings = (uris: readonly string[]): string => {
  if (uris.length === 0) throw new ConfigurationError('There is no connection string to merge');
  const hosts = new Set<string>();
  const options = new Map<string, readonly string[]>();
  let userinfo: string | undefined;
  let database = '';
  for (const uri of uris) {
    parseConnectionString(uri);
    if (!uri.startsWith('mongodb://')) {
      throw new ConfigurationError(
        'Only mongodb:// connection strings can be merged: an SRV host stands alone',
      );
    }
    const parts = splitUri(uri.slice('mongodb://'.length));
    for (const host of parts.hosts.split(',')) hosts.add(host);
    if (parts.userinfo !== undefined) userinfo = parts.userinfo;
    if (parts.database !== '') database = parts.database;
    for (const [name, pairs] of pairsByOption(parts.query)) options.set(name, pairs);
  }
  const head = `mongodb://${userinfo === undefined ? '' : `${userinfo}@`}${[...hosts].join(',')}`;
  const query = [...options.values()].flat().join('&');
  const merged = `${head}/${database}${query === '' ? '' : `?${query}`}`;
  parseConnectionString(merged);
  return merged;
};

/** The pairs of a query, together where they speak of the same option. */
const pairsByOption = (query: string): Map<string, string[]> => {
  const pairs = new Map<string, string[]>();
  for (const pair of query.split(/[&;]/)) {
    if (pair === '') continue;
    const name = pair.slice(0, pair.indexOf('='));
    const key = optionByUriName(name)?.spec.name ?? name.toLowerCase();
    pairs.set(key, [...(pairs.get(key) ?? []), pair]);
  }
  return pairs;
};
