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
import { topologyVersion } from '../dispatch/reply-fields.js';
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
const addReplicaSetFields = (reply: Reply, cluster: Cluster, member: MemberState): void => {
  const replica = cluster.replicaSet?.replicaOf(member);
  const entry = replica?.entry;
  if (replica === undefined || entry === undefined) {
    reply['secondary'] = false;
    reply['info'] = 'Does not have a valid replica set config';
    reply['isreplicaset'] = true;
    return;
  }
  const { log } = member.data;
  const visible = replica.config.members.filter(({ hidden }) => !hidden);
  const data = visible.filter(({ arbiterOnly }) => !arbiterOnly);
  const { majority } = replica;
  reply['hosts'] = addresses(data.filter(({ priority }) => priority > 0));
  reply['passives'] = listed(addresses(data.filter(({ priority }) => priority === 0)));
  reply['arbiters'] = listed(addresses(visible.filter(({ arbiterOnly }) => arbiterOnly)));
  reply['setName'] = cluster.setName;
  reply['setVersion'] = replica.config.version;
  reply['secondary'] = member.state === 'SECONDARY';
  reply['primary'] = replica.primary?.member.address;
  if (entry.arbiterOnly) reply['arbiterOnly'] = true;
  if (entry.priority === 0 && !entry.arbiterOnly) reply['passive'] = true;
  if (entry.hidden) reply['hidden'] = true;
  if (Object.keys(entry.tags).length > 0) reply['tags'] = { ...entry.tags };
  reply['me'] = member.address;
  if (member.writable) reply['electionId'] = electionId(log.term);
  reply['lastWrite'] = {
    opTime: log.lastOpTime,
    lastWriteDate: new Date(log.lastWall),
    majorityOpTime: majority,
    majorityWriteDate: new Date(log.wallAt(majority)),
  };
};

/**
 * What a router adds. The first hello through a load balancer tells which router it is, and is refused to clients that do not know that
 * there is one (load balancer specification, "Downstream Visible Behavioral Changes").
 */
const addRouterFields = (reply: Reply, context: CommandContext, body: Doc): void => {
  const { connection } = context;
  reply['msg'] = 'isdbgrid';
  if (!connection.balanced || connection.serviceKnown) return;
  if (body.get('loadBalanced') !== true) {
    throw new CommandError(
      'LoadBalancerSupportMismatch',
      'The server is being accessed through a load balancer, but this driver does not have load balancing enabled',
    );
  }
  connection.serviceKnown = true;
  reply['serviceId'] = context.member.processId;
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
  const compression = body.get('compression');
  const reply: Reply = {};
  if (body.get('helloOk') === true && version.has('helloCommand')) reply['helloOk'] = true;
  if (version.has('streamingHello')) reply['topologyVersion'] = topologyVersion(context);
  reply[writableField] = cluster.topology === 'replicaset' ? member.writable : true;
  if (cluster.topology === 'sharded') addRouterFields(reply, context, body);
  else if (cluster.topology === 'replicaset') addReplicaSetFields(reply, cluster, member);
  reply['maxBsonObjectSize'] = MAX_BSON_SIZE;
  reply['maxMessageSizeBytes'] = MAX_MESSAGE_SIZE;
  reply['maxWriteBatchSize'] = MAX_BATCH;
  reply['localTime'] = new Date(context.runtime.wallClock());
  if (member.settings.role !== 'arbiter') reply['logicalSessionTimeoutMinutes'] = SESSION_TIMEOUT_MINUTES;
  reply['connectionId'] = connection.id;
  reply['minWireVersion'] = 0;
  reply['maxWireVersion'] = version.wireVersion;
  reply['readOnly'] = false;
  if (isArray(compression)) reply['compression'] = listed(negotiateCompression(compression));
  reply['saslSupportedMechs'] = saslMechanisms(context, body);
  if (version.has('speculativeAuthentication')) reply['speculativeAuthenticate'] = speculate(context, body);
  return reply;
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
