import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { decode, encode, type Answer, type Packet } from 'dns-packet';
import type { DnsResolver } from '../../lib/core/runtime.js';

/** What a name server knows; names without the dot at the end. */
export interface Zone {
  /** By the name of the query: targets as `host:port`. */
  readonly srv: Readonly<Record<string, readonly string[]>>;
  /** By host: records, each a list of character strings. */
  readonly txt?: Readonly<Record<string, readonly (readonly string[])[]>>;
}

export interface DnsServer {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Asks this server alone, through the resolver of Node. */
  readonly resolver: DnsResolver;
  /** Questions so far, as `TYPE name`. */
  readonly questions: readonly string[];
  close(): Promise<void>;
}

const FLAG_AUTHORITATIVE = 1 << 10;
const CODE_NO_SUCH_NAME = 3;

const answersOf = (zone: Zone, type: string, name: string): Answer[] => {
  const common = { name, ttl: 86_400, class: 'IN' } as const;
  if (type === 'SRV') {
    return (zone.srv[name] ?? []).map((target) => {
      const [host = '', port] = target.split(':');
      return { ...common, type: 'SRV', data: { target: host, port: Number(port), priority: 0, weight: 5 } };
    });
  }
  if (type === 'TXT') {
    return (zone.txt?.[name] ?? []).map((data) => ({ ...common, type: 'TXT', data: [...data] }));
  }
  return [];
};

/** A name server on a UDP port of loopback. Names do not depend on letter case, as in DNS. */
export const startDnsServer = async (zone: Zone): Promise<DnsServer> => {
  const questions: string[] = [];
  const known = new Set([...Object.keys(zone.srv), ...Object.keys(zone.txt ?? {})]);
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const query = decode(message);
    const [question] = query.questions ?? [];
    if (question === undefined) return;
    const name = question.name.toLowerCase();
    questions.push(`${question.type} ${name}`);
    const reply: Packet = {
      type: 'response',
      id: query.id ?? 0,
      flags: FLAG_AUTHORITATIVE | (known.has(name) ? 0 : CODE_NO_SUCH_NAME),
      questions: [question],
      answers: answersOf(zone, question.type, name),
    };
    socket.send(encode(reply), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const address = `127.0.0.1:${String(socket.address().port)}`;
  const resolver = new Resolver({ timeout: 1_000, tries: 2 });
  resolver.setServers([address]);
  return {
    address,
    questions,
    resolver: {
      resolveSrv: (name) => resolver.resolveSrv(name),
      resolveTxt: (name) => resolver.resolveTxt(name),
      lookupCanonical: (name) => Promise.resolve(name),
      servers: () => [address],
    },
    close: () =>
      new Promise((closed) => {
        socket.close(() => closed());
      }),
  };
};
