import type { SrvRecord } from '../core/runtime.js';

/** Names as resolvers give them: any letter case, with or without the dot of the root. */
const normalize = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** One label or several. A target is put to use as an address: nothing else may be read into it, a path for one. */
const HOST_NAME = /^(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/**
 * The domain that hosts of an SRV record must belong to: the queried host without its first label, or all of it where
 * it has fewer than three (initial DNS seedlist discovery, "Connection String Format").
 */
const domainOf = (srvHost: string): string => {
  const labels = srvHost.split('.');
  return labels.length < 3 ? srvHost : labels.slice(1).join('.');
};

export interface SrvTargets {
  /** `host:port`, each once, in the order of the answer. */
  readonly valid: readonly string[];
  /** What must not be connected to, each with the reason. */
  readonly foreign: readonly string[];
}

/**
 * Sorts the answer of a name server into hosts of the queried host's own domain, compared by whole labels, and others.
 * The dot before the domain is part of the comparison: a look-alike domain does not pass, and a host of fewer than three
 * labels is answered by hosts below it only, never by itself ("Querying DNS"). Priority and weight are ignored.
 */
export const sortSrvTargets = (srvHost: string, records: readonly SrvRecord[]): SrvTargets => {
  const domain = domainOf(normalize(srvHost));
  const valid = new Set<string>();
  const foreign = new Set<string>();
  for (const { name, port } of records) {
    const host = normalize(name);
    const shown = `${JSON.stringify(name)} port ${String(port)}`;
    if (!HOST_NAME.test(host)) foreign.add(`${shown} is not a host name`);
    else if (!Number.isInteger(port) || port < 1 || port > 65_535) foreign.add(`${shown} has no port`);
    else if (!host.endsWith(`.${domain}`)) foreign.add(`${shown} is not below the domain "${domain}"`);
    else valid.add(`${host}:${String(port)}`);
  }
  return { valid: [...valid], foreign: [...foreign] };
};
