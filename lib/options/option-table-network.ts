import { compressors } from './compressors.js';
import type { OptionSpec } from './option-spec.js';
import { hostsSuffix } from './srv-hosts.js';
import { choice, flag, integer, milliseconds, objectLike, text } from './value-kinds.js';

export const HOST_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'host',
    kind: objectLike('a string or a list of strings', 'string | readonly string[]', () => true),
    doc: 'Host name, IP address (IPv6 in square brackets), `host:port`, path of a Unix domain socket, connection string, or a list of these with at most one connection string.',
    defaultText: '`localhost`',
    uri: false,
    aliases: [{ name: 'hosts' }],
  },
  {
    name: 'port',
    kind: integer(1, 65535),
    doc: 'Port of the hosts that carry none of their own.',
    default: 27017,
    uri: false,
  },
  {
    name: 'replicaSet',
    kind: text(),
    doc: 'Name of the replica set: the hosts are starting points, all members are looked for, and a server of another set is dropped.',
  },
  {
    name: 'directConnection',
    kind: flag,
    doc: 'Talk to exactly the one given host as if it were a standalone, whatever its role. Refused with several hosts or an SRV connection string.',
    default: false,
  },
  {
    name: 'loadBalanced',
    kind: flag,
    doc: 'The host is a load balancer (server 5.0 and later). Refused with several hosts, `replicaSet` or `directConnection`.',
    default: false,
  },
  {
    name: 'srvServiceName',
    kind: text({
      expected: 'a service name of letters, digits and single hyphens, at most 62 long',
      pattern: /^(?=.{1,62}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/i,
    }),
    doc: 'Service label of the SRV query. For `mongodb+srv://` only.',
    default: 'mongodb',
  },
  {
    name: 'srvMaxHosts',
    kind: integer(0),
    doc: 'Most hosts taken from an SRV answer, chosen at random; 0 takes all. For `mongodb+srv://` only; a positive value is refused with `replicaSet` and with `loadBalanced`.',
    default: 0,
  },
  {
    name: 'srvAllowedHostsSuffix',
    kind: hostsSuffix,
    doc: 'Domain that the hosts of an SRV answer have to be below, instead of the domain of the connection string. For `mongodb+srv://` only. WARNING: this replaces the protection against forged DNS answers. Name the narrowest domain, one of your own: a public one such as `co.uk` is not recognised as such.',
    refusedInUri: 'value',
  },
  {
    name: 'srvHostValidator',
    kind: objectLike('a function', 'SrvHostValidator', (value) => typeof value === 'function'),
    doc: 'Decides about each host of an SRV answer, instead of the comparison with the domain of the connection string: takes its name in lower case, returns `true` where it may be connected to. Must not block. For `mongodb+srv://` only. WARNING: this replaces the protection against forged DNS answers.',
    uri: false,
  },
  {
    name: 'heartbeatFrequencyMS',
    kind: integer(500),
    doc: 'Milliseconds between two checks of a server.',
    default: 10_000,
  },
  {
    name: 'serverMonitoringMode',
    kind: choice(['auto', 'stream', 'poll']),
    doc: 'Whether servers push their changes (`stream`, server 4.4 and later) or are asked (`poll`); `auto` streams, except on function platforms.',
    default: 'auto',
  },
  {
    name: 'localThresholdMS',
    kind: milliseconds(),
    doc: 'Latency window: of the suitable servers those are used whose round-trip time is at most this many milliseconds over that of the fastest.',
    default: 15,
  },
  {
    name: 'failFast',
    kind: flag,
    doc: 'A permanent fault of all hosts before the first of them is found (a name that does not exist, a certificate that is not accepted, another replica set) ends the search for a server at once, instead of after `serverSelectionTimeoutMS`. A refused user always does.',
    default: false,
  },
  {
    name: 'serverSelector',
    kind: objectLike('a function', 'ServerSelectorFunction', (value) => typeof value === 'function'),
    doc: 'Takes the candidates of a selection and returns those it finds suitable, beside the standard rules.',
    uri: false,
  },
];

export const POOL_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'maxPoolSize',
    kind: integer(0),
    doc: 'Most connections to each server: in use, idle and being established. 0 and null remove the cap.',
    default: 100,
    null: 0,
  },
  {
    name: 'minPoolSize',
    kind: integer(0),
    doc: 'Connections to each server that are opened and kept in the background. Not more than `maxPoolSize`.',
    default: 0,
  },
  {
    name: 'maxConnecting',
    kind: integer(1),
    doc: 'Most connections that one pool establishes at the same time.',
    default: 2,
  },
  {
    name: 'maxIdleTimeMS',
    kind: milliseconds(),
    doc: 'Milliseconds after which an idle connection is closed; 0 and null mean never.',
    default: 0,
    null: 0,
  },
  {
    name: 'waitQueueTimeoutMS',
    kind: milliseconds(),
    doc: 'Milliseconds an operation waits for a connection of a full pool before it rejects with `WaitQueueTimeoutError`; 0 and null mean no limit.',
    default: 0,
    null: 0,
    insteadUse: 'timeoutMS',
  },
  {
    name: 'waitQueueMultiple',
    kind: integer(0),
    doc: 'Operations that may wait for each connection of `maxPoolSize`; the next one rejects at once with `ExceededMaxWaiters`. 0 and null mean no limit.',
    default: 0,
    null: 0,
    insteadUse: 'waitQueueTimeoutMS',
  },
  {
    name: 'socketKeepAlive',
    kind: flag,
    doc: 'TCP keep-alive on connections.',
    default: true,
  },
];

export const TIMEOUT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'timeoutMS',
    kind: milliseconds(),
    doc: 'Milliseconds for a whole operation: selection, check-out and every retry. 0 and null mean no limit; unset leaves the other limits in force.',
    null: 0,
  },
  {
    name: 'serverSelectionTimeoutMS',
    kind: milliseconds(),
    doc: 'Milliseconds the search for a suitable server may take before it rejects with `ServerSelectionTimeoutError`; 0 means no limit.',
    default: 30_000,
  },
  {
    name: 'connectTimeoutMS',
    kind: milliseconds(),
    doc: 'Milliseconds for establishing a connection, with TLS, handshake and authentication, and for each check of a server; 0 and null mean no limit.',
    default: 20_000,
    null: 0,
  },
  {
    name: 'socketTimeoutMS',
    kind: milliseconds(),
    doc: 'Milliseconds to wait for the reply to an operation; the connection is given up then. Where the server waits for something to tell (`maxAwaitTimeMS`) they begin after that. 0 and null mean no limit.',
    default: 0,
    null: 0,
    insteadUse: 'timeoutMS',
  },
];

export const COMPRESSION_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'compressors',
    kind: compressors,
    doc: 'Compressors to offer the server, in order of preference; unknown names are left out with a warning.',
    default: Object.freeze([]),
    defaultText: 'none',
  },
  {
    name: 'zlibCompressionLevel',
    kind: integer(-1, 9),
    doc: 'Level of zlib: -1 its own default, 0 none, 1 fastest, 9 smallest.',
    default: -1,
  },
];

export const PROXY_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'proxyHost',
    kind: text(),
    doc: 'Name or IP address of a SOCKS5 proxy that all connections go through.',
    repeated: 'refused',
  },
  {
    name: 'proxyPort',
    kind: integer(1, 65535),
    doc: 'Port of the proxy. Needs `proxyHost`.',
    defaultText: '`1080` with `proxyHost`',
    repeated: 'refused',
  },
  {
    name: 'proxyUsername',
    kind: text(),
    doc: 'User name at the proxy. Needs `proxyHost` and `proxyPassword`.',
    repeated: 'refused',
  },
  {
    name: 'proxyPassword',
    kind: text(),
    doc: 'Password at the proxy. Needs `proxyHost` and `proxyUsername`.',
    repeated: 'refused',
    secret: true,
  },
];
