import { parseArgs } from 'node:util';
import { resolveAuth, type DeploymentOptions, type MemberOptions } from './deployment-options.js';

const TOPOLOGIES = ['standalone', 'replicaset', 'sharded', 'load-balanced'] as const;

export const USAGE = `Usage: deployment [options]
  --topology NAME     ${TOPOLOGIES.join(', ')} (standalone)
  --members N         members of the replica set, or routers (1)
  --shards N          shards behind the routers (1)
  --arbiters N        further members that only vote (0)
  --member JSON       one member, for example '{"priority": 0}'; repeated, in place of --members
  --election-timeout MS  how long members wait before an election (10000)
  --proxied           put a fault proxy before each member
  --port N            port of the first member; the others follow (free ports)
  --host ADDRESS      address to listen on (127.0.0.1)
  --version X.Y       server version to answer as (the newest known)
  --set-name NAME     name of the replica set (rs0)
  --auth USER:PWD     make this user and require authentication
  --tls               speak TLS, with a certificate made for the purpose
  --unix DIRECTORY    listen on Unix sockets there, too
  --parameter K=JSON  set a server parameter; may be repeated
  --with-parent       take controls from standard input, a line of JSON each, and end when it ends
`;

export interface CliArguments {
  readonly options: DeploymentOptions;
  readonly withParent: boolean;
  readonly help: boolean;
}

const wholeNumber = (name: string, text: string): number => {
  if (!/^\d{1,5}$/.test(text)) throw new TypeError(`--${name} must be a number, not ${JSON.stringify(text)}`);
  return Number(text);
};

const parameterOf = (text: string): [string, unknown] => {
  const at = text.indexOf('=');
  if (at < 1) throw new TypeError(`--parameter must be NAME=JSON, not ${JSON.stringify(text)}`);
  return [text.slice(0, at), JSON.parse(text.slice(at + 1))];
};

const memberOf = (text: string): MemberOptions => {
  const refusal = `--member takes a JSON object, not "${text}"`;
  let member: unknown;
  try {
    member = JSON.parse(text);
  } catch {
    throw new TypeError(refusal);
  }
  if (typeof member !== 'object' || member === null) throw new TypeError(refusal);
  return member;
};

const membersOf = (
  described: readonly string[] | undefined,
  members: number,
  arbiters: number,
): number | readonly MemberOptions[] => {
  if (described !== undefined) return described.map(memberOf);
  if (arbiters === 0) return members;
  return [
    ...Array<MemberOptions>(members).fill({}),
    ...Array<MemberOptions>(arbiters).fill({ arbiter: true }),
  ];
};

/** Reads the command line. Throws TypeError for what it does not understand. */
export const parseCliArguments = (args: readonly string[]): CliArguments => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      topology: { type: 'string' },
      members: { type: 'string' },
      arbiters: { type: 'string' },
      shards: { type: 'string' },
      member: { type: 'string', multiple: true },
      'election-timeout': { type: 'string' },
      proxied: { type: 'boolean' },
      port: { type: 'string' },
      host: { type: 'string' },
      version: { type: 'string' },
      'set-name': { type: 'string' },
      auth: { type: 'string' },
      tls: { type: 'boolean' },
      unix: { type: 'string' },
      parameter: { type: 'string', multiple: true },
      'with-parent': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const topology = TOPOLOGIES.find((name) => name === (values.topology ?? 'standalone'));
  if (topology === undefined) throw new TypeError(`--topology must be one of ${TOPOLOGIES.join(', ')}`);
  const members = wholeNumber('members', values.members ?? '1');
  const arbiters = wholeNumber('arbiters', values.arbiters ?? '0');
  return {
    withParent: values['with-parent'] === true,
    help: values.help === true,
    options: {
      topology,
      members: membersOf(values.member, members, arbiters),
      ...(values['election-timeout'] !== undefined && {
        electionTimeoutMS: wholeNumber('election-timeout', values['election-timeout']),
      }),
      ...(values.shards !== undefined && { shards: wholeNumber('shards', values.shards) }),
      ...(values.proxied === true && { proxied: true }),
      ...(values.port !== undefined && { port: wholeNumber('port', values.port) }),
      ...(values.host !== undefined && { host: values.host }),
      ...(values.version !== undefined && { version: values.version }),
      ...(values['set-name'] !== undefined && { setName: values['set-name'] }),
      ...(values.auth !== undefined && { auth: values.auth }),
      ...(values.tls === true && { tls: true }),
      ...(values.unix !== undefined && { unixSocketDirectory: values.unix }),
      ...(values.parameter !== undefined && {
        parameters: Object.fromEntries(values.parameter.map(parameterOf)),
      }),
    },
  };
};

/** Options that a command line can say. */
export type SpawnOptions = Omit<DeploymentOptions, 'runtime' | 'tls'> & {
  readonly tls?: boolean;
  /** Further members that only vote. Default 0. */
  readonly arbiters?: number;
};

/** The command line that means these options. */
export const toCliArguments = (options: SpawnOptions): string[] => {
  const auth = resolveAuth(options.auth);
  const pairs: readonly (readonly [string, string | number | undefined])[] = [
    ['topology', options.topology],
    ['members', typeof options.members === 'number' ? options.members : undefined],
    ['election-timeout', options.electionTimeoutMS],
    ['arbiters', options.arbiters],
    ['shards', options.shards],
    ['port', options.port],
    ['host', options.host],
    ['version', options.version],
    ['set-name', options.setName],
    ['auth', auth && `${auth.user}:${auth.password}`],
    ['unix', options.unixSocketDirectory],
    ...(typeof options.members === 'object' ? options.members : []).map(
      (member) => ['member', JSON.stringify(member)] as const,
    ),
    ...Object.entries(options.parameters ?? {}).map(
      ([name, value]) => ['parameter', `${name}=${JSON.stringify(value)}`] as const,
    ),
  ];
  return [
    ...pairs.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${String(value)}`])),
    ...(options.tls === true ? ['--tls'] : []),
    ...(options.proxied === true ? ['--proxied'] : []),
  ];
};
