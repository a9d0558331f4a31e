import { ServerSelectionTimeoutError } from '../core/errors/connection.js';
import { connectionHints } from './connection-hints.js';
import { hostFailure } from './host-failure.js';
import type { ServerDescription } from './server-description.js';
import { describeSelector, type ServerSelector } from './server-selector.js';
import type { TopologyDescription } from './topology-description.js';

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

/** Says what is wrong with each host, and what usually is to be done about it. */
export const selectionError = (failure: SelectionFailure): ServerSelectionTimeoutError => {
  const { description, now, authSource, tls } = failure;
  const servers = [...description.servers.values()];
  const failures = servers.filter(({ error }) => error !== null).map(hostFailure);
  const { rejected } = description;
  const lines = [
    headline(failure),
    ...servers.map((server) => `  ${lineOf(server, now)}`),
    ...[...rejected].map(([address, why]) => `  ${address}: left out, as ${why}`),
    ...connectionHints({ failures, authSource, tls, rejected }).map((hint) => `  Hint: ${hint}`),
  ];
  const cause = servers.find(({ error }) => error !== null)?.error;
  return new ServerSelectionTimeoutError(lines.join('\n'), { topologyDescription: description, cause });
};
