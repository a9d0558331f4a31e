import type { SrvRecord } from '../../core/runtime.js';
import { normalizeHostName, type SrvHostValidator } from '../../options/srv-hosts.js';

/** One label or several. A target is put to use as an address: nothing else may be read into it, a path for one. */
const HOST_NAME = /^(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/** Why a normalized host may not be connected to; `undefined` where it may. */
export type SrvHostRule = (host: string) => string | undefined;

export interface SrvHostRuleOptions {
  /** Instead of the domain of the queried host: begins with a dot, in lower case. */
  readonly allowedHostsSuffix?: string | undefined;
  /** Instead of any comparison. */
  readonly validator?: SrvHostValidator | undefined;
}

/**
 * The domain that hosts of an SRV record must belong to: the queried host without its first label, or all of it where
 * it has fewer than three (initial DNS seedlist discovery, "Connection String Format").
 */
const domainOf = (srvHost: string): string => {
  const labels = srvHost.split('.');
  return labels.length < 3 ? srvHost : labels.slice(1).join('.');
};

/**
 * Which hosts the record of `srvHost` may name ("Querying DNS"). The dot before the domain is part of the comparison: a
 * look-alike domain does not pass, and a host of fewer than three labels is answered by hosts below it only, never by
 * itself. The rule throws what the validator throws.
 */
export const srvHostRule = (srvHost: string, options: SrvHostRuleOptions = {}): SrvHostRule => {
  const { validator, allowedHostsSuffix } = options;
  if (validator !== undefined) {
    return (host) => {
      const verdict: unknown = validator(host);
      return verdict === true ? undefined : 'is refused by the srvHostValidator';
    };
  }
  const suffix = allowedHostsSuffix ?? `.${domainOf(normalizeHostName(srvHost))}`;
  return (host) => (host.endsWith(suffix) ? undefined : `is not below the domain "${suffix.slice(1)}"`);
};

export interface SrvTargets {
  /** `host:port`, each once, in the order of the answer. */
  readonly valid: readonly string[];
  /** What must not be connected to, each with the reason. */
  readonly foreign: readonly string[];
}

/** Sorts the answer of a name server by the rule. Priority and weight are ignored. */
export const sortSrvTargets = (rule: SrvHostRule, records: readonly SrvRecord[]): SrvTargets => {
  const valid = new Set<string>();
  const foreign = new Set<string>();
  for (const { name, port } of records) {
    const host = normalizeHostName(name);
    const shown = `${JSON.stringify(name)} port ${String(port)}`;
    if (!HOST_NAME.test(host)) foreign.add(`${shown} is not a host name`);
    else if (!Number.isInteger(port) || port < 1 || port > 65_535) foreign.add(`${shown} has no port`);
    else {
      const why = rule(host);
      if (why === undefined) valid.add(`${host}:${String(port)}`);
      else foreign.add(`${shown} ${why}`);
    }
  }
  return { valid: [...valid], foreign: [...foreign] };
};
