import { ServerSelectionTimeoutError } from '../../core/errors/connection.js';
import { connectionHints } from './connection-hints.js';
import { hostFailure } from './host-failure.js';
import type { ServerDescription } from '../description/server-description.js';
import { describeSelector, type ServerSelector } from './server-selector.js';
import type { TopologyDescription } from '../description/topology-description.js';

export interface SelectionFailure {
  readonly selector: ServerSelector;
  readonly description: TopologyDescription;
  /** Milliseconds the selection took. */
  readonly waitedMS: number;
  /** Monotonic milliseconds of now, for the age of each failure. */
  readonly now: number;
  readonly authSource: string | undefined;
  readonly tls: boolean | undefined;
}

/** How many hosts the message has a line for. */
const HOSTS_SHOWN = 50;

const ageOf = (since: number, now: number): string => `${((now - since) / 1000).toFixed(1)} s ago`;

const lineOf = (server: ServerDescription, now: number): string => {
  const { address, serverType, error, lastUpdateTime } = server;
  if (error === null) {
    return lastUpdateTime === -Infinity
      ? `${address}: no answer to the first check yet`
      : `${address}: ${serverType}, not suitable (checked ${ageOf(lastUpdateTime, now)})`;
  }
  const { phase, code } = hostFailure(server);
  const message = error instanceof Error ? error.message : String(error);
  const known = code === undefined || message.includes(String(code)) ? '' : `, code ${String(code)}`;
  const where = phase === undefined ? '' : ` ${phase}:`;
  return `${address}:${where} ${message} (${ageOf(lastUpdateTime, now)}${known})`;
};

const headline = ({ selector, description, waitedMS }: SelectionFailure): string => {
  const found =
    description.servers.size === 0 ? 'no host is left' : `topology type ${description.topologyType}`;
  return `Found ${describeSelector(selector).replace(/^(the|a) /, 'no ')} within ${waitedMS.toFixed(0)} ms (${found})`;
};

const hostLines = (servers: readonly ServerDescription[], now: number): readonly string[] => {
  const lines = servers.slice(0, HOSTS_SHOWN).map((server) => `  ${lineOf(server, now)}`);
  const more = servers.length - lines.length;
  return more === 0 ? lines : [...lines, `  and ${String(more)} more hosts`];
};

/** All hosts of a description, the failures among them, and what to do about these. */
interface Findings {
  readonly servers: readonly ServerDescription[];
  readonly cause: unknown;
  readonly hints: readonly string[];
}

/** Many operations may fail for the want of the same server: the hosts are gone through once. */
const findings = new WeakMap<TopologyDescription, Findings>();

const findingsOf = ({ description, authSource, tls }: SelectionFailure): Findings => {
  const known = findings.get(description);
  if (known !== undefined) return known;
  const { rejected } = description;
  const servers = [...description.servers.values()];
  const failed = servers.filter(({ error }) => error !== null);
  const failures = failed.map(hostFailure);
  const hints = connectionHints({ failures, authSource, tls, rejected });
  const found: Findings = { servers, cause: failed[0]?.error, hints };
  findings.set(description, found);
  return found;
};

/** Says what is wrong with each host, and what usually is to be done about it. */
export const selectionError = (failure: SelectionFailure): ServerSelectionTimeoutError => {
  const { description, now } = failure;
  const { servers, cause, hints } = findingsOf(failure);
  const lines = [
    headline(failure),
    ...hostLines(servers, now),
    ...[...description.rejected].map(([address, why]) => `  ${address}: left out, as ${why}`),
    ...hints.map((hint) => `  Hint: ${hint}`),
  ];
  return new ServerSelectionTimeoutError(lines.join('\n'), { topologyDescription: description, cause });
};
