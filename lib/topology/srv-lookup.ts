import { ConfigurationError } from '../core/errors/usage.js';
import { deferred } from '../core/deferred.js';
import type { DnsResolver, Runtime, SrvRecord } from '../core/runtime.js';

/** What is looked up for one `mongodb+srv://` connection string. */
export interface SrvQuestion {
  readonly host: string;
  /** Service label of the query (CONN-25). */
  readonly serviceName: string;
  /** Milliseconds for one look-up with its repetition; 0 means no limit. */
  readonly limitMS: number;
}

type Clock = Pick<Runtime, 'dns' | 'setTimer'>;

/** What lies behind the codes of resolvers, and what to do about it. */
const HINTS: readonly (readonly [codes: readonly string[], hint: string])[] = [
  [['ENOTFOUND', 'ENODATA'], 'there is no such record: check the host of the connection string'],
  [
    ['ETIMEOUT', 'ECONNREFUSED', 'ESERVFAIL', 'EREFUSED', 'ENOTIMP', 'EBADRESP'],
    'the name server does not answer such queries: try another one, or name the hosts in a mongodb:// connection string',
  ],
];

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

const lookUpFailed = (record: string, error: unknown, dns: DnsResolver): ConfigurationError => {
  const code = codeOf(error);
  const servers = dns.servers?.() ?? [];
  const asked = servers.length === 0 ? '' : ` (name servers: ${servers.join(', ')})`;
  const why = code ?? (error instanceof Error ? error.message : String(error));
  const hint = HINTS.find(([codes]) => code !== undefined && codes.includes(code))?.[1];
  return new ConfigurationError(
    `The look-up of the ${record} failed with ${why}${asked}${hint === undefined ? '' : `; ${hint}`}`,
    { cause: error },
  );
};

const timedOut = (limitMS: number): Error =>
  Object.assign(new Error(`no answer within ${String(limitMS)} ms`), { code: 'ETIMEOUT' });

const srvName = ({ host, serviceName }: SrvQuestion): string => `_${serviceName}._tcp.${host}`;

/** The error of a look-up that took too long for somebody who waits for it. */
export const srvTimeout = ({ dns }: Clock, question: SrvQuestion, waitedMS: number): ConfigurationError =>
  lookUpFailed(`SRV record ${srvName(question)}`, timedOut(waitedMS), dns);

/** A query goes out a second time after a time-out, since a packet may be lost; both together have the limit. */
const ask = <T>(runtime: Clock, limitMS: number, query: () => Promise<T>): Promise<T> => {
  const { promise, resolve, reject } = deferred<T>();
  const timer = limitMS === 0 ? undefined : runtime.setTimer(limitMS, () => reject(timedOut(limitMS)));
  const again = (error: unknown): Promise<T> => {
    if (codeOf(error) !== 'ETIMEOUT') throw error;
    return query();
  };
  query()
    .catch(again)
    .then(resolve, reject)
    .finally(() => timer?.clear());
  return promise;
};

/** The records of the SRV query. Rejects with `ConfigurationError` where there are none, or nobody can tell. */
export const resolveSrvRecords = async (
  runtime: Clock,
  question: SrvQuestion,
): Promise<readonly SrvRecord[]> => {
  const name = srvName(question);
  let records;
  try {
    records = await ask(runtime, question.limitMS, () => runtime.dns.resolveSrv(name));
  } catch (error) {
    throw lookUpFailed(`SRV record ${name}`, error, runtime.dns);
  }
  if (records.length === 0) throw new ConfigurationError(`The answer for the SRV record ${name} is empty`);
  return records;
};

/** A host need not have a TXT record. */
const NO_RECORD = ['ENOTFOUND', 'ENODATA'];

/** The TXT records of the host, each as one string. Rejects with `ConfigurationError` where nobody can tell. */
export const resolveTxtRecords = async (
  runtime: Clock,
  { host, limitMS }: SrvQuestion,
): Promise<readonly string[]> => {
  try {
    const records = await ask(runtime, limitMS, () => runtime.dns.resolveTxt(host));
    return records.map((strings) => strings.join(''));
  } catch (error) {
    if (NO_RECORD.includes(codeOf(error) ?? '')) return [];
    throw lookUpFailed(`TXT record of ${host}`, error, runtime.dns);
  }
};
