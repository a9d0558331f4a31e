import type { CommandContext } from './context.js';
import type { CommandRequest, Reply } from './command.js';
import { CommandError } from '../command-error.js';
import type { Cluster } from '../cluster.js';
import { negotiateCompression } from '../net/compression.js';
import { exactInteger } from '../query/number.js';
import { isArray, type Doc } from '../query/value.js';
import type { MemberState } from '../replication/member-state.js';
import type { ConfigMember } from '../replication/set-config.js';
import { ObjectId } from 'bson';
import { SESSION_TIMEOUT_MINUTES } from '../sessions/session-registry.js';
import { speculate } from '../auth/speculate.js';

const MAX_BSON_SIZE = 16 * 1024 * 1024;
const MAX_MESSAGE_SIZE = 48_000_000;
const MAX_BATCH = 100_000;

const listed = (list: string[]): string[] | undefined => (list.length === 0 ? undefined : list);

const addresses = (members: readonly ConfigMember[]): string[] => members.map(({ member }) => member.address);

/** An election id has the term in its last eight bytes, so that later elections have greater ones. */
const electionId = (term: bigint): ObjectId => new ObjectId(`7fffffff${term.toString(16).padStart(16, '0')}`);

/** The part of hello that a replica set member adds. */
const replicaSetFields = (cluster: Cluster, member: MemberState): Reply => {
  const replica = cluster.replicaSet?.replicaOf(member);
  const entry = replica?.entry;
  if (replica === undefined || entry === undefined) {
    return { secondary: false, info: 'Does not have a valid replica set config', isreplicaset: true };
  }
  const { log } = member.data;
  const visible = replica.config.members.filter(({ hidden }) => !hidden);
  const data = visible.filter(({ arbiterOnly }) => !arbiterOnly);
  const { majority } = replica;
  return {
    hosts: addresses(data.filter(({ priority }) => priority > 0)),
    passives: listed(addresses(data.filter(({ priority }) => priority === 0))),
    arbiters: listed(addresses(visible.filter(({ arbiterOnly }) => arbiterOnly))),
    setName: cluster.setName,
    setVersion: replica.config.version,
    secondary: member.state === 'SECONDARY',
    primary: replica.primary?.member.address,
    ...(entry.arbiterOnly && { arbiterOnly: true }),
    ...(entry.priority === 0 && !entry.arbiterOnly && { passive: true }),
    ...(entry.hidden && { hidden: true }),
    ...(Object.keys(entry.tags).length > 0 && { tags: { ...entry.tags } }),
    me: member.address,
    ...(member.writable && { electionId: electionId(log.term) }),
    lastWrite: {
      opTime: log.lastOpTime,
      lastWriteDate: new Date(log.lastWall),
      majorityOpTime: majority,
      majorityWriteDate: new Date(log.wallAt(majority)),
    },
  };
};

/**
 * What a router adds. The first hello through a load balancer tells which router it is, and is refused to clients that do not know that
 * there is one (load balancer specification, "Downstream Visible Behavioral Changes").
 */
const routerFields = (context: CommandContext, body: Doc): Reply => {
  const { connection } = context;
  if (!connection.balanced || connection.serviceKnown) return { msg: 'isdbgrid' };
  if (body.get('loadBalanced') !== true) {
    throw new CommandError(
      'LoadBalancerSupportMismatch',
      'The server is being accessed through a load balancer, but this driver does not have load balancing enabled',
    );
  }
  connection.serviceKnown = true;
  return { msg: 'isdbgrid', serviceId: context.member.processId };
};

const topologyFields = (context: CommandContext, body: Doc): Reply => {
  const { cluster, member } = context;
  if (cluster.topology === 'sharded') return routerFields(context, body);
  return cluster.topology === 'replicaset' ? replicaSetFields(cluster, member) : {};
};

const saslMechanisms = (context: CommandContext, body: Doc): string[] | undefined => {
  const name = body.get('saslSupportedMechs');
  if (name === undefined) return undefined;
  const at = typeof name === 'string' ? name.indexOf('.') : -1;
  if (typeof name !== 'string' || at < 0) {
    throw new CommandError('BadValue', `saslSupportedMechs must be "database.user"`);
  }
  const user = context.cluster.users.find(name.slice(0, at), name.slice(at + 1));
  return user === undefined ? undefined : [...user.credentials.keys()];
};

const makeReply = (context: CommandContext, request: CommandRequest, writableField: string): Reply => {
  const { cluster, member, version, connection } = context;
  const { body } = request;
  const streaming = version.has('streamingHello');
  const compression = body.get('compression');
  return {
    ...(body.get('helloOk') === true && version.has('helloCommand') && { helloOk: true }),
    ...(streaming && { topologyVersion: { processId: member.processId, counter: member.topologyCounter } }),
    [writableField]: cluster.topology === 'replicaset' ? member.writable : true,
    ...topologyFields(context, body),
    maxBsonObjectSize: MAX_BSON_SIZE,
    maxMessageSizeBytes: MAX_MESSAGE_SIZE,
    maxWriteBatchSize: MAX_BATCH,
    localTime: new Date(context.runtime.wallClock()),
    logicalSessionTimeoutMinutes: member.settings.role === 'arbiter' ? undefined : SESSION_TIMEOUT_MINUTES,
    connectionId: connection.id,
    minWireVersion: 0,
    maxWireVersion: version.wireVersion,
    readOnly: false,
    compression: isArray(compression) ? listed(negotiateCompression(compression)) : undefined,
    saslSupportedMechs: saslMechanisms(context, body),
    speculativeAuthenticate: version.has('speculativeAuthentication') ? speculate(context, body) : undefined,
  };
};

/** The `topologyVersion` that the client knows, and how long it is willing to wait for another one. */
const awaited = (
  body: Doc,
): { readonly processId: ObjectId; readonly counter: bigint; readonly ms: number } | undefined => {
  const version = body.get('topologyVersion');
  const ms = exactInteger(body.get('maxAwaitTimeMS'));
  if (version === undefined && ms === undefined) return undefined;
  if (!(version instanceof Map) || ms === undefined) {
    throw new CommandError(
      31368,
      "A request with a 'topologyVersion' must include 'maxAwaitTimeMS', and the reverse",
    );
  }
  const processId = version.get('processId');
  const counter = exactInteger(version.get('counter'));
  if (!(processId instanceof ObjectId) || counter === undefined || counter < 0n) {
    throw new CommandError(
      31372,
      "'topologyVersion' must have an ObjectId 'processId' and a non-negative 'counter'",
    );
  }
  if (ms < 0n) throw new CommandError(31373, "'maxAwaitTimeMS' must be a non-negative integer");
  return { processId, counter, ms: Number(ms) };
};

/** The next hello of a stream: with the topologyVersion of this reply. */
const nextBody = (context: CommandContext, body: Doc): Doc =>
  new Map([
    ...body,
    [
      'topologyVersion',
      new Map<string, ObjectId | bigint>([
        ['processId', context.member.processId],
        ['counter', context.member.topologyCounter],
      ]),
    ],
  ]);

/**
 * Answers hello and isMaster: at once, or, when the client names the topologyVersion it has seen, as soon as that is
 * out of date (server-monitoring specification, "Awaitable hello or legacy hello Server Specification").
 */
export const answerHello = (
  context: CommandContext,
  request: CommandRequest,
  writableField: 'isWritablePrimary' | 'ismaster',
): Reply | Promise<Reply> => {
  const { member } = context;
  const known = context.version.has('streamingHello') ? awaited(request.body) : undefined;
  const answer = (): Reply => {
    if (known !== undefined && request.exhaustAllowed) context.again = nextBody(context, request.body);
    return makeReply(context, request, writableField);
  };
  if (known === undefined || !known.processId.equals(member.processId)) return answer();
  if (known.counter > member.topologyCounter) {
    throw new CommandError(31382, 'Received a topology version with a counter greater than the current one');
  }
  if (known.counter < member.topologyCounter) return answer();
  return context.wait(known.ms, (wake) => member.onTopologyChange(wake)).then(answer);
};
