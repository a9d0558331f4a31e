import { nodeRuntime } from '../core/node-runtime.js';
import type { Runtime, TlsOptions } from '../core/runtime.js';
import { Cluster, type Topology } from './cluster.js';
import {
  resolveAuth,
  resolveMembers,
  type AuthOptions,
  type DeploymentAddress,
  type DeploymentOptions,
  type DeploymentTls,
  type MemberOptions,
} from './deployment-options.js';
import { Member } from './member.js';
import { makeTlsIdentity } from './net/certificate.js';
import type { MemberRole, MemberStateName } from './replication/member-state.js';
import { writeCaFile, type CaFile } from './tls-files.js';
import { NEWEST_VERSION, parseVersion } from './versions.js';

/** A running deployment inside this process. */
export interface Deployment extends DeploymentAddress, AsyncDisposable {
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
  const state = cluster.addMember(
    {
      role,
      index,
      host: options.host ?? DEFAULT_HOST,
      priority: role === 'arbiter' ? 0 : (member.priority ?? 1),
      hidden: member.hidden ?? false,
      tags: member.tags ?? {},
    },
    firstState(role, index),
  );
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

const makeUri = (
  cluster: Cluster,
  hosts: readonly string[],
  auth: AuthOptions | undefined,
  caFile: CaFile | undefined,
): string => {
  const credentials =
    auth === undefined ? '' : `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@`;
  const options = [
    ...(cluster.topology === 'replicaset' ? [`replicaSet=${encodeURIComponent(cluster.setName)}`] : []),
    ...(caFile === undefined ? [] : ['tls=true', `tlsCAFile=${encodeURIComponent(caFile.path)}`]),
  ];
  return `mongodb://${credentials}${hosts.join(',')}/${options.length === 0 ? '' : `?${options.join('&')}`}`;
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
  const cluster = new Cluster({
    runtime,
    topology: options.topology ?? 'standalone',
    version,
    setName: options.setName ?? 'rs0',
    authRequired: auth !== undefined,
  });
  if (auth !== undefined) {
    cluster.users.create({ ...auth, database: 'admin', roles: [{ role: 'root', db: 'admin' }] });
  }
  const members = memberOptions.map((member, index) => makeMember(cluster, options, member, index));
  const caFile = tls && writeCaFile(tls.ca);
  const stop = async (): Promise<void> => {
    caFile?.remove();
    await Promise.all(members.map((member) => member.close()));
  };
  try {
    for (const [index, member] of members.entries()) {
      await member.listen({
        runtime,
        host: options.host ?? DEFAULT_HOST,
        port: options.port === undefined || options.port === 0 ? 0 : options.port + index,
        tls: tls && toListenTls(tls),
        unixSocketDirectory: options.unixSocketDirectory,
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const hosts = members.map(({ state }) => state.address);
  const visible = members.filter(({ state }) => !state.settings.hidden).map(({ state }) => state.address);
  return {
    uri: makeUri(cluster, visible, auth, caFile),
    hosts,
    socketPaths: members.flatMap(({ socketPath }) => socketPath ?? []),
    caFile: caFile?.path,
    stop,
    [Symbol.asyncDispose]: stop,
  };
};
