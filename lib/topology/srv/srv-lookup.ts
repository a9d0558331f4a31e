import { ConfigurationError } from '../../core/errors/usage.js';
import { deferred } from '../../core/deferred.js';
import type { DnsResolver, Runtime, SrvRecord } from '../../core/runtime.js';

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

type Query<T> = (signal: AbortSignal) => Promise<T>;

/**
 * A query goes out a second time after a time-out, since a packet may be lost; both together have the limit. Nothing is
 * asked any more once it has passed, or the signal was aborted.
 */
const ask = async <T>(
  runtime: Clock,
  limitMS: number,
  signal: AbortSignal | undefined,
  query: Query<T>,
): Promise<T> => {
  const queries = new AbortController();
  const over = deferred<never>();
  const end = (reason: unknown): void => {
    over.reject(reason);
    queries.abort(reason);
  };
  const onAbort = (): void => end(signal?.reason);
  const timer = limitMS === 0 ? undefined : runtime.setTimer(limitMS, () => end(timedOut(limitMS)));
  signal?.addEventListener('abort', onAbort, { once: true });
  const again = (error: unknown): Promise<T> => {
    if (queries.signal.aborted || codeOf(error) !== 'ETIMEOUT') throw error;
    return query(queries.signal);
  };
  try {
    signal?.throwIfAborted();
    return await Promise.race([over.promise, query(queries.signal).catch(again)]);
  } finally {
    timer?.clear();
    signal?.removeEventListener('abort', onAbort);
  }
};

/** The records of the SRV query. Rejects with `ConfigurationError` where there are none, or nobody can tell. */
export const resolveSrvRecords = async (
  runtime: Clock,
  question: SrvQuestion,
  signal?: AbortSignal,
): Promise<readonly SrvRecord[]> => {
  const name = srvName(question);
  let records;
  try {
    records = await ask(runtime, question.limitMS, signal, (ended) => runtime.dns.resolveSrv(name, ended));
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
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  try {
    const records = await ask(runtime, limitMS, signal, (ended) => runtime.dns.resolveTxt(host, ended));
    return records.map((strings) => strings.join(''));
  } catch (error) {
    if (NO_RECORD.includes(codeOf(error) ?? '')) return [];
    throw lookUpFailed(`TXT record of ${host}`, error, runtime.dns);
  }
};
