import { InvalidURI } from '../core/errors/usage.js';
import { HostAddress } from './host-address.js';
import { isIPv6 } from './ip-literal.js';
import { percentDecode } from './percent-encoding.js';

/** Which host of the list a message speaks of; its text is not quoted, it may be a piece of a password. */
const ordinal = (index: number, count: number): string =>
  count === 1 ? 'The host' : `Host ${String(index + 1)}`;

/** A comma-separated list of hosts; `encoded` in connection strings, where socket paths are percent-encoded. */
export const parseHostList = (list: string, encoded: boolean): HostAddress[] => {
  const hosts = list.split(',');
  return hosts.map((host, index) => parseHost(host, encoded, ordinal(index, hosts.length)));
};

const parseHost = (text: string, encoded: boolean, part: string): HostAddress => {
  if (text === '')
    throw new InvalidURI(`${part} is empty: give a name, an address or a socket path, and no extra comma`);
  if (text.startsWith('[')) return parseBracketed(encoded ? percentDecode(text, part) : text, part);
  if (encoded && /%2f/i.test(text)) return HostAddress.socket(percentDecode(text, part));
  const colon = text.indexOf(':');
  const rawHost = colon === -1 ? text : text.slice(0, colon);
  if (colon !== text.lastIndexOf(':')) {
    const looksLikeIPv6 = /^[0-9a-f:.%]+$/i.test(text) && text.includes('::');
    throw new InvalidURI(
      looksLikeIPv6 && isIPv6(text)
        ? `${part} is an IPv6 address without square brackets: write "[${text}]"`
        : `${part} has more than one ":": a port follows a single one, and an IPv6 address stands in square brackets`,
    );
  }
  const host = encoded ? percentDecode(rawHost, part) : rawHost;
  if (host === '') throw new InvalidURI(`${part} has no name before the ":"`);
  const forbidden = /[\s/\\@[\]<>"|^`{}#?\0]/.exec(host)?.[0];
  if (forbidden !== undefined) {
    throw new InvalidURI(`${part} contains ${JSON.stringify(forbidden)}, which no host name can`);
  }
  return HostAddress.tcp(host, colon === -1 ? undefined : parsePort(text.slice(colon + 1), part));
};

const parseBracketed = (text: string, part: string): HostAddress => {
  const [, address, rest] = /^\[([^\]]*)\](.*)$/s.exec(text) ?? [];
  if (address === undefined || rest === undefined) throw new InvalidURI(`${part} has no "]" after its "["`);
  if (!isIPv6(address)) throw new InvalidURI(`${part} has no IPv6 address in its square brackets`);
  if (rest === '') return HostAddress.tcp(address);
  if (!rest.startsWith(':')) throw new InvalidURI(`${part} has something other than ":port" after its "]"`);
  return HostAddress.tcp(address, parsePort(rest.slice(1), part));
};

const parsePort = (text: string, part: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port >= 1 && port <= 65535)) {
    const shown = /^-?\d{1,6}$/.test(text)
      ? `, got ${text}`
      : '; a user name and password before it end with "@"';
    throw new InvalidURI(`${part} has a port that is no number from 1 to 65535${shown}`);
  }
  return port;
};
