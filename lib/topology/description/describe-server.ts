import type { Document } from '../../bson/document.js';
import { ProtocolError } from '../../core/errors/connection.js';
import { HelloFields } from './hello-fields.js';
import { normalizeAddress } from './normalize-address.js';
import { readMembers } from './read-members.js';
import { ServerDescription, unknownServer } from './server-description.js';
import type { ServerType } from './topology-types.js';

/** What the monitor knows beside the reply. Times in milliseconds. */
export interface CheckFacts {
  readonly now: number;
  readonly roundTripTime: number | null;
  readonly minRoundTripTime: number;
}

/** SDAM specification, the table of section "type". */
const typeOf = (hello: Document, setName: string | null): ServerType => {
  if (hello['msg'] === 'isdbgrid') return 'Mongos';
  if (hello['isreplicaset'] === true) return 'RSGhost';
  if (setName === null) return 'Standalone';
  if (hello['hidden'] === true) return 'RSOther';
  if ((hello['isWritablePrimary'] ?? hello['ismaster']) === true) return 'RSPrimary';
  if (hello['secondary'] === true) return 'RSSecondary';
  return hello['arbiterOnly'] === true ? 'RSArbiter' : 'RSOther';
};

/**
 * The description of a server from its reply to hello. A reply whose fields contradict their types where discovery
 * depends on them gives an unknown server with an error that says so; other such fields are left out and listed.
 */
export const describeServer = (address: string, hello: Document, facts: CheckFacts): ServerDescription => {
  const essential = new HelloFields(hello);
  const setName = essential.string('setName');
  const me = essential.string('me');
  const primary = essential.string('primary');
  const { hosts, passives, arbiters } = readMembers(essential, address);
  const setVersion = essential.integer('setVersion');
  const electionId = essential.objectId('electionId');
  const minWireVersion = essential.integer('minWireVersion') ?? 0;
  const maxWireVersion = essential.integer('maxWireVersion') ?? 0;
  const topologyVersion = essential.topologyVersion('topologyVersion');
  if (essential.problems.length > 0 || Number(hello['ok']) !== 1) {
    const why = essential.problems.length > 0 ? essential.problems.join('; ') : 'it does not say ok: 1';
    const error = new ProtocolError(`The hello reply of ${address} cannot be used: ${why}`, {
      address,
      phase: 'hello',
    });
    return unknownServer(address, { error, lastUpdateTime: facts.now });
  }
  const optional = new HelloFields(hello);
  optional.problems.push(...essential.omissions);
  return new ServerDescription({
    address,
    serverType: typeOf(hello, setName),
    setName,
    me: me === null ? null : normalizeAddress(me),
    primary: primary === null ? null : normalizeAddress(primary),
    hosts,
    passives,
    arbiters,
    setVersion,
    electionId,
    minWireVersion,
    maxWireVersion,
    topologyVersion,
    roundTripTime: facts.roundTripTime,
    minRoundTripTime: facts.minRoundTripTime,
    lastUpdateTime: facts.now,
    lastWriteDate: optional.dateIn('lastWrite', 'lastWriteDate'),
    tags: optional.tags('tags'),
    logicalSessionTimeoutMinutes: optional.integer('logicalSessionTimeoutMinutes'),
    maxBsonObjectSize: optional.integer('maxBsonObjectSize'),
    maxMessageSizeBytes: optional.integer('maxMessageSizeBytes'),
    maxWriteBatchSize: optional.integer('maxWriteBatchSize'),
    problems: optional.problems,
  });
};
