import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../../lib/core/errors/usage.js';
import type { DnsResolver } from '../../../lib/core/runtime.js';
import {
  resolveSrvRecords,
  resolveTxtRecords,
  type SrvQuestion,
} from '../../../lib/topology/srv/srv-lookup.js';
import { outcomeOf } from '../../support/outcome.js';
import { VirtualRuntime } from '../../support/virtual-runtime.js';

const QUESTION: SrvQuestion = { host: 'c.example.com', serviceName: 'mongodb', limitMS: 20_000 };

const dnsError = (code: string): Error => Object.assign(new Error(`query ${code}`), { code });

const withDns = (dns: Partial<DnsResolver>): VirtualRuntime => new VirtualRuntime({ dns });

const failingWith = (code: string, more: Partial<DnsResolver> = {}): VirtualRuntime =>
  withDns({
    resolveSrv: () => Promise.reject(dnsError(code)),
    resolveTxt: () => Promise.reject(dnsError(code)),
    ...more,
  });

describe('an SRV look-up', () => {
  it('[CONN-25] asks for the service by its name', async () => {
    const names: string[] = [];
    const runtime = withDns({
      resolveSrv: (name) => {
        names.push(name);
        return Promise.resolve([{ name: 'a.example.com', port: 1 }]);
      },
    });
    await resolveSrvRecords(runtime, QUESTION);
    await resolveSrvRecords(runtime, { ...QUESTION, serviceName: 'customname' });
    expect(names).toEqual(['_mongodb._tcp.c.example.com', '_customname._tcp.c.example.com']);
  });

  it.each([
    ['ENOTFOUND', 'there is no such record: check the host of the connection string'],
    ['ENODATA', 'there is no such record'],
    ['ESERVFAIL', 'the name server does not answer such queries'],
    ['ECONNREFUSED', 'the name server does not answer such queries'],
  ])('[CONN-24] that fails with %s names record, code and name servers', async (code, hint) => {
    const runtime = failingWith(code, { servers: () => ['10.0.0.1', '10.0.0.2'] });
    const error: unknown = await resolveSrvRecords(runtime, QUESTION).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({
      message: expect.stringContaining(
        `The look-up of the SRV record _mongodb._tcp.c.example.com failed with ${code} (name servers: 10.0.0.1, 10.0.0.2); ${hint}`,
      ),
      cause: { code },
    });
  });

  it('without an answer in it is an error', async () => {
    const runtime = withDns({ resolveSrv: () => Promise.resolve([]) });
    await expect(resolveSrvRecords(runtime, QUESTION)).rejects.toThrow(
      'The answer for the SRV record _mongodb._tcp.c.example.com is empty',
    );
  });

  it('is repeated once after a time-out, and not after other failures', async () => {
    let asked = 0;
    const answers = [dnsError('ETIMEOUT'), undefined];
    const runtime = withDns({
      resolveSrv: () => {
        asked++;
        const error = answers.shift();
        return error === undefined
          ? Promise.resolve([{ name: 'a.example.com', port: 1 }])
          : Promise.reject(error);
      },
    });
    expect(await resolveSrvRecords(runtime, QUESTION)).toHaveLength(1);
    expect(asked).toBe(2);
    answers.push(dnsError('ENOTFOUND'));
    await expect(resolveSrvRecords(runtime, QUESTION)).rejects.toThrow('ENOTFOUND');
    expect(asked).toBe(3);
    answers.push(dnsError('ETIMEOUT'), dnsError('ETIMEOUT'));
    await expect(resolveSrvRecords(runtime, QUESTION)).rejects.toThrow('ETIMEOUT');
    expect(asked).toBe(5);
  });

  it('that is never answered ends at its limit', async () => {
    const runtime = withDns({ resolveSrv: () => new Promise(() => undefined) });
    const outcome = outcomeOf(resolveSrvRecords(runtime, QUESTION));
    await runtime.advance(19_999);
    expect(outcome.error).toBeUndefined();
    await runtime.advance(1);
    expect(outcome.error).toMatchObject({ message: expect.stringContaining('ETIMEOUT') });
    expect(runtime.pendingTimers.all).toBe(0);
  });

  it('is over at its limit: the query is ended, and not repeated', async () => {
    const signals: AbortSignal[] = [];
    const runtime = withDns({
      resolveSrv: (_name, signal) =>
        new Promise((_resolve, reject) => {
          signals.push(signal!);
          signal!.addEventListener('abort', () => reject(dnsError('ETIMEOUT')));
        }),
    });
    const outcome = outcomeOf(resolveSrvRecords(runtime, QUESTION));
    await runtime.advance(20_000);
    expect(outcome.error).toMatchObject({ message: expect.stringContaining('ETIMEOUT') });
    await runtime.advance(60_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('ends with its signal, and leaves nothing behind', async () => {
    const signals: AbortSignal[] = [];
    const silent = (_name: string, signal?: AbortSignal): Promise<never> => {
      signals.push(signal!);
      return new Promise(() => undefined);
    };
    const runtime = withDns({ resolveSrv: silent, resolveTxt: silent });
    const stop = new AbortController();
    const outcomes = [
      outcomeOf(resolveSrvRecords(runtime, QUESTION, stop.signal)),
      outcomeOf(resolveTxtRecords(runtime, QUESTION, stop.signal)),
    ];
    stop.abort(new Error('closed'));
    await runtime.settle();
    for (const { error } of outcomes) expect(error).toMatchObject({ cause: { message: 'closed' } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(runtime.pendingTimers.all).toBe(0);
    await resolveSrvRecords(runtime, QUESTION, stop.signal).catch(() => undefined);
    expect(signals).toHaveLength(2);
  });

  it('leaves no timer behind', async () => {
    const runtime = failingWith('ENOTFOUND');
    await resolveSrvRecords(runtime, QUESTION).catch(() => undefined);
    await runtime.settle();
    expect(runtime.pendingTimers.all).toBe(0);
  });
});

describe('a TXT look-up', () => {
  it('[CONN-22] joins the strings of a record, and keeps records apart', async () => {
    const runtime = withDns({ resolveTxt: () => Promise.resolve([['replicaS', 'et=rep', 'l0'], ['x']]) });
    expect(await resolveTxtRecords(runtime, QUESTION)).toEqual(['replicaSet=repl0', 'x']);
  });

  it.each(['ENOTFOUND', 'ENODATA'])('that finds nothing (%s) is none of the errors', async (code) => {
    expect(await resolveTxtRecords(failingWith(code), QUESTION)).toEqual([]);
  });

  it('that cannot be made is an error: options would be missing', async () => {
    await expect(resolveTxtRecords(failingWith('ESERVFAIL'), QUESTION)).rejects.toThrow(
      'The look-up of the TXT record of c.example.com failed with ESERVFAIL',
    );
  });
});
