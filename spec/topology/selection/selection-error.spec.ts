import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'bson';
import { ConnectionFailure, type ConnectionPhase } from '../../../lib/core/errors/connection.js';
import { OperationFailure } from '../../../lib/core/errors/server.js';
import { ReadPreference } from '../../../lib/options/read-preference.js';
import { initialDescription } from '../../../lib/topology/description/initial-description.js';
import { selectionError } from '../../../lib/topology/selection/selection-error.js';
import {
  unknownServer,
  type ServerDescription,
} from '../../../lib/topology/description/server-description.js';
import { WRITABLE_SELECTOR, type ServerSelector } from '../../../lib/topology/selection/server-selector.js';
import { TopologyDescription } from '../../../lib/topology/description/topology-description.js';
import { updateTopologyDescription } from '../../../lib/topology/description/update.js';
import { describeServer } from '../../../lib/topology/description/describe-server.js';
import { member, standalone } from '../topology-fixture.js';

const NOW = 10_000;

const failed = (address: string, phase: ConnectionPhase, message: string, code?: string): ServerDescription =>
  unknownServer(address, {
    lastUpdateTime: NOW - 2_300,
    error: new ConnectionFailure(`Cannot connect to ${address} (${phase}): ${message}`, {
      address,
      phase,
      cause: Object.assign(new Error(message), code === undefined ? {} : { code }),
    }),
  });

const topologyOf = (...servers: readonly ServerDescription[]): TopologyDescription => {
  const fresh = initialDescription({
    id: new ObjectId(),
    seeds: [],
    directConnection: false,
    loadBalanced: false,
    replicaSet: null,
    heartbeatFrequencyMS: 10_000,
  });
  return new TopologyDescription({
    ...fresh,
    servers: new Map(servers.map((server) => [server.address, server])),
  });
};

const messageFor = (
  description: TopologyDescription,
  selector: ServerSelector = WRITABLE_SELECTOR,
  context: { readonly authSource?: string; readonly tls?: boolean } = {},
): readonly string[] =>
  selectionError({
    selector,
    description,
    waitedMS: 30_000,
    now: NOW,
    authSource: context.authSource,
    tls: context.tls,
  }).message.split('\n');

const hintsFor = (server: ServerDescription, context = {}): readonly string[] =>
  messageFor(topologyOf(server), WRITABLE_SELECTOR, context).filter((line) => line.startsWith('  Hint: '));

describe('selectionError', () => {
  it('has one line for each host, with phase, error, code and age, and what to do about it', () => {
    const refused = failed('a:27017', 'tcp', 'connect ECONNREFUSED 127.0.0.1:27017', 'ECONNREFUSED');
    const unresolved = failed('b:27017', 'dns', 'getaddrinfo failed', 'ENOTFOUND');
    expect(messageFor(topologyOf(refused, unresolved, unknownServer('c:27017')))).toEqual([
      'Found no writable server within 30000 ms (topology type Unknown)',
      '  a:27017: tcp: Cannot connect to a:27017 (tcp): connect ECONNREFUSED 127.0.0.1:27017 (2.3 s ago)',
      '  b:27017: dns: Cannot connect to b:27017 (dns): getaddrinfo failed (2.3 s ago, code ENOTFOUND)',
      '  c:27017: no answer to the first check yet',
      '  Hint: Nothing listens on a:27017: check host and port, and that the server runs.',
      "  Hint: The name of b:27017 cannot be resolved here. Where a replica set's own names mean nothing outside of it, use directConnection=true.",
    ]);
  });

  it('has a line for each of 50 hosts, and counts the others', () => {
    const servers = Array.from({ length: 1_000 }, (_, index) =>
      failed(`h${String(index)}:27017`, 'tcp', 'refused', index === 999 ? 'ECONNREFUSED' : 'X'),
    );
    const lines = messageFor(topologyOf(...servers));
    expect(lines).toHaveLength(1 + 50 + 1 + 1);
    expect(lines[50]).toContain('  h49:27017: tcp:');
    expect(lines[51]).toBe('  and 950 more hosts');
    expect(lines[52]).toContain('  Hint: Nothing listens on h999:27017');
  });

  it('tells servers that answer from servers that do not', () => {
    const description = topologyOf(
      describeServer('a:27017', member('secondary'), {
        now: NOW - 500,
        roundTripTime: 1,
        minRoundTripTime: 0,
      }),
    );
    expect(messageFor(description)[1]).toBe('  a:27017: RSSecondary, not suitable (checked 0.5 s ago)');
  });

  it('names what was looked for', () => {
    const readPreference = new ReadPreference('secondary', {
      tagSets: [{ dc: 'ny' }],
      maxStalenessSeconds: 90,
    });
    expect(messageFor(topologyOf(), { kind: 'read', readPreference })[0]).toBe(
      'Found no server for reads of preference secondary, tags [{"dc":"ny"}], at most 90 s stale within 30000 ms (no host is left)',
    );
    expect(messageFor(topologyOf(), { kind: 'address', address: 'a:27017' })[0]).toContain(
      'no server a:27017',
    );
  });

  it('[TOPO-2] [TOPO-3] names hosts that were left out, and why', () => {
    const facts = { now: NOW, roundTripTime: 1, minRoundTripTime: 0 };
    const seeds = { seeds: ['a:27017', 'b:27017'], directConnection: false, loadBalanced: false };
    const id = new ObjectId();
    const set = initialDescription({ ...seeds, id, replicaSet: 'other', heartbeatFrequencyMS: 10_000 });
    const stranger = updateTopologyDescription(set, describeServer('a:27017', member('primary'), facts), 2);
    expect(messageFor(stranger)).toContain(
      '  a:27017: left out, as it belongs to the replica set "rs", not to "other"',
    );
    const list = initialDescription({ ...seeds, id, replicaSet: null, heartbeatFrequencyMS: 10_000 });
    const single = updateTopologyDescription(list, describeServer('b:27017', standalone(), facts), 2);
    expect(messageFor(single)).toContain(
      '  b:27017: left out, as it is a standalone: several hosts must be members of one replica set, or routers',
    );
  });

  it('[TOPO-2] explains a host that its replica set knows under another name', () => {
    const facts = { now: NOW, roundTripTime: 1, minRoundTripTime: 0 };
    const start = initialDescription({
      id: new ObjectId(),
      seeds: ['localhost:27017'],
      directConnection: false,
      loadBalanced: false,
      replicaSet: null,
      heartbeatFrequencyMS: 10_000,
    });
    const hello = member('primary', { me: 'mongo1:27017', hosts: ['mongo1:27017'] });
    const lines = messageFor(
      updateTopologyDescription(start, describeServer('localhost:27017', hello, facts), 1),
    );
    expect(lines).toContain('  mongo1:27017: no answer to the first check yet');
    expect(lines.at(-1)).toContain('A host answered under another name than its replica set has for it');
  });

  it.each([
    [
      'a TLS alert of a managed host',
      failed(
        'x.abc.mongodb.net:27017',
        'tls',
        'ssl3_read_bytes:tlsv1 alert internal error:SSL alert number 80',
      ),
      'access list',
    ],
    ['a certificate', failed('a:27017', 'tls', 'self-signed certificate in certificate chain'), 'tlsCAFile'],
    [
      'TLS towards a plain server',
      failed('a:27017', 'tls', 'wrong version number', 'ERR_SSL_WRONG_VERSION_NUMBER'),
      'does not seem to speak TLS',
    ],
    [
      'a plain stream towards a TLS server',
      failed('a:27017', 'hello', 'The connection was lost'),
      'tls=true',
    ],
    ['::1', failed('[::1]:27017', 'tcp', 'connect ECONNREFUSED ::1:27017', 'ECONNREFUSED'), '127.0.0.1'],
  ])('has a hint for %s', (_name, server, hint) => {
    expect(hintsFor(server)).toHaveLength(1);
    expect(hintsFor(server)[0]).toContain(hint);
  });

  it('names the authSource that was used when the server refused the user', () => {
    const error = new OperationFailure('Authentication failed.', { code: 18 });
    const server = unknownServer('a:27017', { error, lastUpdateTime: NOW });
    expect(hintsFor(server, { authSource: 'app' })[0]).toContain('"app" (authSource)');
    expect(messageFor(topologyOf(server))[1]).toBe('  a:27017: Authentication failed. (0.0 s ago, code 18)');
  });

  it('says the same thing once', () => {
    const servers = ['a:27017', 'b:27017'].map((address) =>
      failed(address, 'tcp', 'connect ECONNREFUSED', 'ECONNREFUSED'),
    );
    const lines = messageFor(topologyOf(...servers));
    expect(lines.filter((line) => line.includes('Hint'))).toHaveLength(1);
  });

  it('has the first failure as its cause', () => {
    const server = failed('a:27017', 'tcp', 'connect ECONNREFUSED');
    const error = selectionError({
      selector: WRITABLE_SELECTOR,
      description: topologyOf(server),
      waitedMS: 1,
      now: NOW,
      authSource: undefined,
      tls: undefined,
    });
    expect(error.cause).toBe(server.error);
    expect(JSON.stringify(error)).not.toContain('topologyDescription');
  });
});
