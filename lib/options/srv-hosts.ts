import { domainToASCII } from 'node:url';
import type { ValueKind } from './value-kinds.js';

/** Decides which hosts of an SRV record are connected to: takes a normalized name, returns `true` for those. */
export type SrvHostValidator = (host: string) => boolean;

/** Names as resolvers and users give them: any letter case, any script, with or without the dot of the root. */
export const normalizeHostName = (name: string): string => {
  const host = name.replace(/\.$/, '');
  // Only what is not ASCII needs Punycode; the conversion would refuse some labels that DNS allows.
  return (/^[\x21-\x7e]*$/.test(host) ? host : domainToASCII(host)).toLowerCase();
};

/** Single labels that nobody can register: RFC 6761, RFC 6762, and names that are reserved for private use. */
const RESERVED = ['test', 'localhost', 'invalid', 'example', 'local', 'internal', 'corp', 'home', 'mail'];

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A domain with a dot before it, or `undefined` (initial DNS seedlist discovery, "srvAllowedHostsSuffix"). */
const suffixOf = (text: string): string | undefined => {
  const domain = normalizeHostName(text.replace(/^\.+|\.+$/g, ''));
  const labels = domain.split('.');
  const enough = labels.length > 1 || RESERVED.includes(domain);
  return enough && labels.every((label) => LABEL.test(label)) ? `.${domain}` : undefined;
};

const EXPECTED = 'a domain of at least two labels such as ".example.com", or a reserved one such as "local"';

export const hostsSuffix: ValueKind = {
  expected: EXPECTED,
  type: 'string',
  check: (value) => {
    if (typeof value !== 'string') return { wrong: 'type', expected: EXPECTED };
    const suffix = suffixOf(value);
    return suffix === undefined ? { wrong: 'value', expected: EXPECTED } : { value: suffix };
  },
  fromText: (text) => text,
};
