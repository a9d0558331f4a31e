import type { Runtime } from '../core/runtime.js';
import type { ScramMechanism } from './auth/scram-credentials.js';
import type { Topology } from './cluster.js';

/** How one member of a replica set differs from the others. */
export interface MemberOptions {
  /** Holds no data and only votes. Default `false`. */
  readonly arbiter?: boolean;
  /** 0 makes it passive: never primary. Default 1. */
  readonly priority?: number;
  /** Not listed in hello. Needs priority 0. Default `false`. */
  readonly hidden?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  /** 0: does not vote, which needs priority 0. Default 1. */
  readonly votes?: 0 | 1;
}

export interface AuthOptions {
  readonly user: string;
  readonly password: string;
  /** Default: both. */
  readonly mechanisms?: readonly ScramMechanism[];
}

/** PEM texts. */
export interface DeploymentTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Whether clients must show a certificate that `ca` has signed. Default `false`. */
  readonly requireClientCertificate?: boolean;
}

export interface DeploymentOptions {
  /**
   * Default `standalone`. `sharded` starts routers in front of shards; `load-balanced` puts a load balancer in front of
   * those.
   */
  readonly topology?: Topology | 'load-balanced';
  /** How many members or routers, or what each member is like. Default 1; the first is the primary. */
  readonly members?: number | readonly MemberOptions[];
  /** How many shards the routers have behind them. Default 1. */
  readonly shards?: number;
  /** Server version that it answers as, for example `7.0`. Default: the newest known. */
  readonly version?: string;
  /** Port of the first member; the others follow. Default: free ports. */
  readonly port?: number;
  /** Address to listen on and to be known by. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default `rs0`. */
  readonly setName?: string;
  /**
   * Milliseconds a secondary of a replica set waits for its primary before it stands for election, and a primary for a
   * majority before it steps down. Default 10,000, as on a server.
   */
  readonly electionTimeoutMS?: number;
  /** Users must log in. `true` makes the user `root` with password `secret`; a string is `user:password`. */
  readonly auth?: boolean | string | AuthOptions;
  /** Speaks TLS alone. `true` makes a certificate of its own; see `Deployment.caFile`. */
  readonly tls?: boolean | DeploymentTls;
  /** Listens also on `mongodb-PORT.sock` in this directory. */
  readonly unixSocketDirectory?: string;
  /**
   * Puts a fault proxy before each member: members are known by the proxies' addresses, and `DeploymentControl` can do to
   * their connections what networks do. Default `false`.
   */
  readonly proxied?: boolean;
  /** Server parameters that differ from the defaults, for example `{requireApiVersion: true}`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Clock, timers, chance and network. Default: those of Node. */
  readonly runtime?: Runtime;
}

/** What clients need to reach a deployment. */
export interface DeploymentAddress {
  /** Connection string with credentials, set name and TLS options where there are such. */
  readonly uri: string;
  /**
   * Connection string that leads to one router only: of the first one, or of a second load balancer in front of that one
   * alone. The same as `uri` where there are no routers.
   */
  readonly singleRouterUri: string;
  /** `host:port` of each member. */
  readonly hosts: readonly string[];
  /** Paths of the Unix sockets, where asked for. */
  readonly socketPaths: readonly string[];
  /** File with the certificate of the authority to trust, with TLS. */
  readonly caFile: string | undefined;
}

const DEFAULT_USER: AuthOptions = { user: 'root', password: 'secret' };

export const resolveAuth = (auth: DeploymentOptions['auth']): AuthOptions | undefined => {
  if (auth === undefined || auth === false) return undefined;
  if (auth === true) return DEFAULT_USER;
  if (typeof auth !== 'string') return auth;
  const colon = auth.indexOf(':');
  if (colon < 1 || colon === auth.length - 1) throw new TypeError('auth must be "user:password"');
  return { user: auth.slice(0, colon), password: auth.slice(colon + 1) };
};

export const resolveShards = ({ shards = 1, topology }: DeploymentOptions): number => {
  if (!Number.isInteger(shards) || shards < 1) {
    throw new RangeError(`shards must be a whole number from 1, not ${String(shards)}`);
  }
  if (shards > 1 && topology !== 'sharded' && topology !== 'load-balanced') {
    throw new TypeError('Only routers have shards behind them');
  }
  return shards;
};

const MOST_MEMBERS = 50;

export const resolveMembers = (options: DeploymentOptions): readonly MemberOptions[] => {
  const { members = 1, topology = 'standalone' } = options;
  const list =
    typeof members === 'number' ? Array.from({ length: members }, (): MemberOptions => ({})) : members;
  if (list.length < 1 || list.length > MOST_MEMBERS) {
    throw new RangeError(`members must be between 1 and ${String(MOST_MEMBERS)}, not ${String(members)}`);
  }
  if (topology === 'standalone' && list.length > 1) throw new TypeError('A standalone has one member');
  if (topology !== 'replicaset' && typeof members !== 'number') {
    throw new TypeError('Only members of a replica set can be described one by one');
  }
  for (const { hidden, priority, votes } of list) {
    if (hidden === true && priority !== 0) throw new TypeError('A hidden member needs priority 0');
    if (votes === 0 && priority !== 0) throw new TypeError('A member without a vote needs priority 0');
  }
  if (list[0]?.arbiter === true || list[0]?.priority === 0)
    throw new TypeError('The first member must be electable');
  return list;
};
