import { InvalidURI } from '../core/errors/usage.js';
import { percentDecode, unescaped } from './percent-encoding.js';

const USERNAME = 'The user name in the connection string';
const PASSWORD = 'The password in the connection string';
const EITHER = 'The user name or password in the connection string';

/** User name and password of a connection string, decoded. The password is on no enumerable property. */
export interface Userinfo {
  readonly username: string;
  readonly password: string | undefined;
}

/** The parts of a connection string behind the scheme, still encoded. */
export interface UriParts {
  readonly userinfo: string | undefined;
  readonly hosts: string;
  readonly database: string;
  readonly query: string;
}

/**
 * Cuts a connection string into its parts (connection string specification, "General Syntax"). A reserved character
 * in a user name or password would shift the cuts, and a piece of the password would be taken for a host or an option:
 * each such case is recognized here, before any piece can get into a message.
 */
export const splitUri = (afterScheme: string): UriParts => {
  const end = afterScheme.search(/[/?]/);
  const authority = end === -1 ? afterScheme : afterScheme.slice(0, end);
  const tail = end === -1 ? '' : afterScheme.slice(end);
  const question = tail.indexOf('?');
  const path = question === -1 ? tail : tail.slice(0, question);
  const query = question === -1 ? '' : tail.slice(question + 1);
  if (path.includes('@'))
    throw unescaped(path.startsWith('/@') || path.includes('/') ? EITHER : PASSWORD, '/');
  const at = authority.lastIndexOf('@');
  if (path === '' && /^[^=&]*@/.test(query)) throw unescaped(EITHER, '?');
  return {
    userinfo: at === -1 ? undefined : authority.slice(0, at),
    hosts: authority.slice(at + 1),
    database: path.slice(1),
    query,
  };
};

/** Decodes `user:password`; an absent colon means no password, nothing behind it an empty one. */
export const parseUserinfo = (encoded: string): Userinfo => {
  const at = encoded.indexOf('@');
  const colon = encoded.indexOf(':');
  if (at !== -1) throw unescaped(colon !== -1 && colon < at ? PASSWORD : USERNAME, '@');
  if (colon !== encoded.lastIndexOf(':')) throw unescaped(PASSWORD, ':');
  const username = percentDecode(colon === -1 ? encoded : encoded.slice(0, colon), USERNAME);
  const password = colon === -1 ? undefined : percentDecode(encoded.slice(colon + 1), PASSWORD);
  if (username === '' && (password ?? '') !== '') {
    throw new InvalidURI('The connection string has a password but no user name before the ":"');
  }
  return withHiddenPassword(username, password);
};

export const withHiddenPassword = (username: string, password: string | undefined): Userinfo =>
  Object.freeze(
    Object.defineProperty({ username }, 'password', { get: () => password, enumerable: false }),
  ) as Userinfo;
