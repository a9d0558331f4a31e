import { ALL_OPTIONS } from './option-table.js';

const HIDDEN = '***';

const SECRET_NAMES: ReadonlySet<string> = new Set(
  ALL_OPTIONS.filter((spec) => spec.secret === true)
    .flatMap((spec) => [spec.name, ...(spec.aliases ?? []).map((alias) => alias.name)])
    .map((name) => name.toLowerCase()),
);

/**
 * A connection string with its password and every secret option replaced by `***`, fit for logs. Where reserved
 * characters are not encoded, pieces of a password may stand anywhere before an "@": all of that is hidden.
 */
export const redactUri = (uri: string): string => {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(uri) ?? [];
  const question = rest.indexOf('?');
  const head = question === -1 ? rest : rest.slice(0, question);
  const query = question === -1 ? undefined : rest.slice(question + 1);
  if (query?.includes('@') === true) return `${scheme}${HIDDEN}`;
  const at = head.lastIndexOf('@');
  const visible = at === -1 ? head : `${redactUserinfo(head.slice(0, at))}@${head.slice(at + 1)}`;
  return `${scheme}${visible}${query === undefined ? '' : `?${redactQuery(query)}`}`;
};

const redactUserinfo = (userinfo: string): string => {
  const [username = '', ...passwords] = userinfo.split(':');
  if (passwords.length > 1 || /[@/]/.test(userinfo)) return HIDDEN;
  return passwords.length === 0 ? username : `${username}:${HIDDEN}`;
};

const redactQuery = (query: string): string =>
  query
    .split(/(?<=[&;])/)
    .map((pair) => {
      const equals = pair.indexOf('=');
      if (equals === -1 || !SECRET_NAMES.has(decodedName(pair.slice(0, equals)))) return pair;
      return `${pair.slice(0, equals)}=${HIDDEN}${/[&;]$/.exec(pair)?.[0] ?? ''}`;
    })
    .join('');

const decodedName = (name: string): string => {
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
};
