import { ConfigurationError } from '../../core/errors/usage.js';
import type { Runtime, SrvRecord } from '../../core/runtime.js';
import { HostAddress } from '../../options/host-address.js';
import type { SrvAnswer } from '../../options/resolve-client-options.js';
import {
  sortSrvTargets,
  srvHostRule,
  type SrvHostRule,
  type SrvHostRuleOptions,
  type SrvTargets,
} from './srv-host-rule.js';
import { resolveSrvRecords, resolveTxtRecords, srvTimeout, type SrvQuestion } from './srv-lookup.js';
import { pollSrvRecords, type SrvFollower } from './srv-polling.js';
import { chooseSrvHosts } from './choose-srv-hosts.js';
import { readTxtOptions } from './srv-txt.js';

/** What a topology begins with once it is known where its servers are. */
export interface FoundSeeds {
  readonly seeds: readonly string[];
  readonly replicaSet: string | null;
  readonly loadBalanced: boolean;
  /** For the hints of a selection error. */
  readonly authSource: string | undefined;
}

/** Where a topology that is given no seeds gets them from. */
export interface SeedSource {
  /** One attempt, until the signal. Rejects with `ConfigurationError`; may be called again afterwards. */
  find(signal: AbortSignal): Promise<FoundSeeds>;
  /** Of whoever has waited for an attempt longer than a server may be waited for. */
  timeoutError(waitedMS: number): Error;
  /** Keeps the hosts of a topology that has begun up to date, until the returned function is called. */
  follow(topology: SrvFollower): () => void;
}

export interface SrvSeedsOptions {
  readonly runtime: Runtime;
  readonly question: SrvQuestion;
  readonly hostRule?: SrvHostRuleOptions | undefined;
  /** `srvMaxHosts`: 0 takes all. */
  readonly maxHosts: number;
  readonly heartbeatFrequencyMS: number;
  /** Makes the configuration complete; throws `ConfigurationError` where it cannot work with this answer. */
  readonly accept: (answer: SrvAnswer) => FoundSeeds;
  /** Told of options of the TXT record that are left out. */
  readonly warn: (message: string) => void;
  /** Told of trouble with the record while the client lives. */
  readonly report: (message: string) => void;
}

const sort = (srvHost: string, rule: SrvHostRule, records: readonly SrvRecord[]): SrvTargets => {
  try {
    return sortSrvTargets(rule, records);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `The srvHostValidator failed for a host of the SRV record of ${srvHost}: ${why}`;
    throw new ConfigurationError(message, { cause: error });
  }
};

const toAddress = (target: string): HostAddress => {
  const colon = target.lastIndexOf(':');
  return HostAddress.tcp(target.slice(0, colon), Number(target.slice(colon + 1)));
};

/** The hosts and options that DNS holds for a `mongodb+srv://` connection string (CONN-21, CONN-22, CONN-26). */
export const srvSeeds = (options: SrvSeedsOptions): SeedSource => {
  const { runtime, question, maxHosts, heartbeatFrequencyMS, accept, warn, report } = options;
  const hostRule = srvHostRule(question.host, options.hostRule);
  let firstAnswer: readonly SrvRecord[] = [];
  return {
    async find(signal) {
      const [records, texts] = await Promise.all([
        resolveSrvRecords(runtime, question, signal),
        resolveTxtRecords(runtime, question, signal),
      ]);
      const { valid, foreign } = sort(question.host, hostRule, records);
      if (foreign.length > 0) {
        throw new ConfigurationError(
          `The SRV record of ${question.host} names hosts that are not connected to: ${foreign.join('; ')}`,
        );
      }
      const defaults = readTxtOptions(question.host, texts, warn);
      const hosts = chooseSrvHosts([], valid, maxHosts, () => runtime.random()).map(toAddress);
      const found = accept({ hosts, defaults });
      firstAnswer = records;
      return found;
    },
    timeoutError: (waitedMS) => srvTimeout(runtime, question, waitedMS),
    follow: (topology) =>
      pollSrvRecords({
        runtime,
        topology,
        question,
        hostRule,
        maxHosts,
        heartbeatFrequencyMS,
        firstAnswer,
        report,
      }),
  };
};
