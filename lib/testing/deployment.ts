import { nodeRuntime } from '../core/node-runtime.js';
import type { Runtime, TlsOptions } from '../core/runtime.js';
import { Cluster, type Topology } from './cluster.js';
import {
  resolveAuth,
  resolveMembers,
  resolveShards,
  type AuthOptions,
  type DeploymentAddress,
  type DeploymentOptions,
  type DeploymentTls,
  type MemberOptions,
} from './deployment-options.js';
import { Member } from './member.js';
import { LocalControl, type DeploymentControl } from './deployment-control.js';
import { makeTlsIdentity } from './net/certificate.js';
import { FaultProxy } from './net/fault-proxy.js';
import type { MemberRole, MemberStateName } from './replication/member-state.js';
import type { SetSettings } from './replication/set-config.js';
import { writeCaFile, type CaFile } from './tls-files.js';
import { NEWEST_VERSION, parseVersion } from './versions.js';

/** A running deployment inside this process. */
export interface Deployment extends DeploymentAddress, AsyncDisposable {
  /** Elections, crashes, partitions and faults of the network. */
  readonly control: DeploymentControl;
  /** Closes all connections and frees the ports; the data is gone. */
  stop(): Promise<void>;
}

const roleOf = (topology: Topology, options: MemberOptions): MemberRole => {
  if (topology === 'standalone') return 'standalone';
  if (topology === 'sharded') return 'router';
  return options.arbiter === true ? 'arbiter' : 'data';
};

const firstState = (role: MemberRole, index: number): MemberStateName => {
  if (role === 'arbiter') return 'ARBITER';
  return role === 'data' && index > 0 ? 'SECONDARY' : 'PRIMARY';
};

const makeMember = (
  cluster: Cluster,
  options: DeploymentOptions,
  member: MemberOptions,
  index: number,
): Member => {
  const role = roleOf(cluster.topology, member);
  const settings = { role, index, host: options.host ?? DEFAULT_HOST };
  const state = cluster.addMember(settings, firstState(role, index), member);
  state.parameters.set('featureCompatibilityVersion', { version: cluster.version.name });
  for (const [name, value] of Object.entries(options.parameters ?? {})) state.parameters.set(name, value);
  return new Member(cluster, state);
};

const DEFAULT_HOST = '127.0.0.1';

const resolveTls = (options: DeploymentOptions, runtime: Runtime): DeploymentTls | undefined => {
  const { tls, host } = options;
  if (tls === undefined || tls === false) return undefined;
  return tls === true
    ? makeTlsIdentity(runtime, ['localhost', '127.0.0.1', '::1', ...(host ? [host] : [])])
    : tls;
};

const toListenTls = ({ ca, cert, key, requireClientCertificate = false }: DeploymentTls): TlsOptions => ({
  ca: [ca],
  cert,
  key,
  requestCert: true,
  rejectUnauthorized: requireClientCertificate,
});

interface UriParts {
  readonly auth: AuthOptions | undefined;
  readonly caFile: CaFile | undefined;
  readonly options: readonly string[];
}

const makeUri = (hosts: readonly string[], { auth, caFile, options }: UriParts): string => {
  const credentials =
    auth === undefined ? '' : `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@`;
  const tls = caFile === undefined ? [] : ['tls=true', `tlsCAFile=${encodeURIComponent(caFile.path)}`];
  const all = [...options, ...tls];
  return `mongodb://${credentials}${hosts.join(',')}/${all.length === 0 ? '' : `?${all.join('&')}`}`;
};

/** A load balancer that gives each connection to the next of `routers`. */
const balance = (runtime: Runtime, host: string, routers: readonly Member[]): Promise<FaultProxy> => {
  let next = 0;
  return FaultProxy.listen({
    runtime,
    host,
    target: () => ({ host, port: routers[next++ % routers.length]?.balancedPort ?? 0 }),
  });
};

const electionSettings = ({ electionTimeoutMS }: DeploymentOptions): Partial<SetSettings> => {
  if (electionTimeoutMS === undefined) return {};
  if (!(electionTimeoutMS >= 1)) throw new RangeError('electionTimeoutMS must be at least 1');
  return { electionTimeoutMillis: electionTimeoutMS };
};

/**
 * Starts a MongoDB-compatible deployment inside this process: for tests, examples and the quickstart, not for
 * production. It keeps everything in memory.
 *
 * Rejects with TypeError or RangeError for options that contradict each other, and with the system's error where a port
 * is taken.
 */
export const startDeployment = async (options: DeploymentOptions = {}): Promise<Deployment> => {
  const runtime = options.runtime ?? nodeRuntime;
  const version = parseVersion(options.version ?? NEWEST_VERSION);
  const memberOptions = resolveMembers(options);
  const auth = resolveAuth(options.auth);
  const tls = resolveTls(options, runtime);
  const balanced = options.topology === 'load-balanced';
  const topology = options.topology === 'load-balanced' ? 'sharded' : (options.topology ?? 'standalone');
  const host = options.host ?? DEFAULT_HOST;
  const cluster = new Cluster({
    runtime,
    topology,
    version,
    setName: options.setName ?? 'rs0',
    authRequired: auth !== undefined,
    shards: resolveShards(options),
    setSettings: electionSettings(options),
  });
  if (auth !== undefined) {
    cluster.users.create({ ...auth, database: 'admin', roles: [{ role: 'root', db: 'admin' }] });
  }
  const members = memberOptions.map((member, index) => makeMember(cluster, options, member, index));
  const caFile = tls && writeCaFile(tls.ca);
  const balancers: FaultProxy[] = [];
  const stop = async (): Promise<void> => {
    caFile?.remove();
    cluster.replicaSet?.close();
    await Promise.all([...balancers, ...members].map((server) => server.close()));
  };
  try {
    for (const [index, member] of members.entries()) {
      await member.listen({
        runtime,
        host,
        port: options.port === undefined || options.port === 0 ? 0 : options.port + index,
        tls: tls && toListenTls(tls),
        unixSocketDirectory: options.unixSocketDirectory,
        balanced,
        proxied: options.proxied === true,
      });
    }
    if (balanced) {
      balancers.push(
        await balance(runtime, host, members),
        await balance(runtime, host, members.slice(0, 1)),
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const hosts = members.map(({ state }) => state.address);
  const visible = hosts.filter((_host, index) => memberOptions[index]?.hidden !== true);
  const parts: UriParts = {
    auth,
    caFile,
    options: [
      ...(topology === 'replicaset' ? [`replicaSet=${encodeURIComponent(cluster.setName)}`] : []),
      ...(balanced ? ['loadBalanced=true'] : []),
    ],
  };
  const [front, singleFront] = balancers.map(({ address }) => address);
  const single = topology === 'sharded' ? visible.slice(0, 1) : visible;
  return {
    uri: makeUri(front === undefined ? visible : [front], parts),
    singleRouterUri: makeUri(singleFront === undefined ? single : [singleFront], parts),
    hosts,
    socketPaths: members.flatMap(({ socketPath }) => socketPath ?? []),
    caFile: caFile?.path,
    control: new LocalControl(cluster, members),
    stop,
    [Symbol.asyncDispose]: stop,
  };
};
