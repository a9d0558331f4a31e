import type { Runtime, SrvRecord, TimerHandle } from '../../core/runtime.js';
import { sortSrvTargets, type SrvHostRule } from './srv-host-rule.js';
import { resolveSrvRecords, type SrvQuestion } from './srv-lookup.js';
import { chooseSrvHosts } from './choose-srv-hosts.js';
import type { TopologyDescription } from '../description/topology-description.js';

/** No rescan comes sooner than this after a good one (polling specification, rescanSRVIntervalMS). */
const SHORTEST_INTERVAL_MS = 60_000;

/** The part of a topology that follows an SRV record. */
export interface SrvFollower {
  readonly description: TopologyDescription;
  setSrvHosts(hosts: readonly string[]): void;
}

export interface SrvPollingOptions {
  readonly runtime: Pick<Runtime, 'dns' | 'setTimer' | 'random'>;
  readonly topology: SrvFollower;
  readonly question: SrvQuestion;
  readonly hostRule: SrvHostRule;
  /** 0 takes all. */
  readonly maxHosts: number;
  readonly heartbeatFrequencyMS: number;
  /** The answer the topology began with. */
  readonly firstAnswer: readonly SrvRecord[];
  /** Told of a rescan that did not go well: once, until its text changes or a rescan goes well. */
  readonly report: (message: string) => void;
}

/** Milliseconds until the next rescan: the shortest life of a record, where the runtime knows it. */
export const rescanIntervalMS = (records: readonly SrvRecord[]): number => {
  const lives = records.map(({ ttl }) => (ttl === undefined ? 0 : ttl * 1000));
  return Math.max(SHORTEST_INTERVAL_MS, Math.min(...lives));
};

/** A validator that fails refuses the host: nobody is there to be told ("srvHostValidator"). */
const lenient =
  (rule: SrvHostRule): SrvHostRule =>
  (host) => {
    try {
      return rule(host);
    } catch (error) {
      return `is refused: ${error instanceof Error ? error.message : String(error)}`;
    }
  };

/** A replica set tells its members itself; a load balancer and a standalone stand alone. */
const isPolled = ({ topologyType }: TopologyDescription): boolean =>
  topologyType === 'Unknown' || topologyType === 'Sharded';

/**
 * Asks for the SRV record again and again and hands its hosts to the topology, until the returned function is called or
 * the topology turns out to be of a kind that is not polled. A failure changes nothing but the time of the next rescan.
 */
export const pollSrvRecords = (options: SrvPollingOptions): (() => void) => {
  const { runtime, topology, question, hostRule, maxHosts, heartbeatFrequencyMS } = options;
  const stopped = new AbortController();
  let timer: TimerHandle | undefined;
  let trouble: string | undefined;

  const report = (message: string | undefined): void => {
    if (message !== undefined && message !== trouble) options.report(message);
    trouble = message;
  };

  /** Returns the milliseconds until the next rescan. */
  const follow = (records: readonly SrvRecord[]): number => {
    const { valid, foreign } = sortSrvTargets(lenient(hostRule), records);
    report(
      foreign.length === 0
        ? undefined
        : `Hosts of the SRV record of ${question.host} are left out: ${foreign.join('; ')}`,
    );
    if (valid.length === 0) return heartbeatFrequencyMS;
    const known = [...topology.description.servers.keys()];
    const hosts = chooseSrvHosts(known, valid, maxHosts, () => runtime.random());
    if (hosts.length !== known.length || hosts.some((host) => !topology.description.servers.has(host)))
      topology.setSrvHosts(hosts);
    return rescanIntervalMS(records);
  };

  const rescan = async (): Promise<void> => {
    if (!isPolled(topology.description)) return;
    const outcome = await resolveSrvRecords(runtime, question, stopped.signal).catch(
      (error: unknown) => error as Error,
    );
    if (stopped.signal.aborted || !isPolled(topology.description)) return;
    let nextMS = heartbeatFrequencyMS;
    if (outcome instanceof Error) report(`The hosts known are kept: ${outcome.message}`);
    else nextMS = follow(outcome);
    wait(nextMS);
  };

  /** A listener that is told of new hosts may close the client. */
  const wait = (ms: number): void => {
    if (!stopped.signal.aborted) timer = runtime.setTimer(ms, () => void rescan());
  };

  if (isPolled(topology.description)) wait(rescanIntervalMS(options.firstAnswer));
  return () => {
    stopped.abort();
    timer?.clear();
  };
};
