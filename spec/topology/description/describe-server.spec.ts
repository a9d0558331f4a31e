import { describe, expect, it } from '@jest/globals';
import { Long, ObjectId } from 'bson';
import type { Document } from '../../../lib/bson/document.js';
import { describeServer } from '../../../lib/topology/description/describe-server.js';
import { normalizeAddress } from '../../../lib/topology/description/normalize-address.js';
import type { ServerDescription } from '../../../lib/topology/description/server-description.js';
import { member, mongos, standalone } from '../topology-fixture.js';
import { fc } from '../../support/property.js';

const FACTS = { now: 100, roundTripTime: 5, minRoundTripTime: 4 };
const read = (hello: Document): ServerDescription => describeServer('h:27017', hello, FACTS);

describe('describeServer', () => {
  it.each([
    ['Standalone', standalone()],
    ['Mongos', mongos()],
    ['RSPrimary', member('primary')],
    ['RSPrimary', member('primary', { isWritablePrimary: undefined, ismaster: true })],
    ['RSSecondary', member('secondary')],
    ['RSArbiter', member('arbiter')],
    ['RSOther', member('secondary', { hidden: true })],
    ['RSOther', { ...member('primary'), isWritablePrimary: false }],
    ['RSGhost', standalone({ isreplicaset: true })],
    ['Unknown', { ...standalone(), ok: 0 }],
  ])('recognizes %s', (type, hello) => {
    expect(read(hello).serverType).toBe(type);
  });

  it('reads what discovery and selection need', () => {
    const electionId = new ObjectId();
    const processId = new ObjectId();
    const server = read(
      member('secondary', {
        me: 'H:27017',
        primary: 'A:27017',
        hosts: ['A', 'b:27018'],
        passives: ['[::1]'],
        setVersion: Long.fromNumber(3),
        electionId,
        topologyVersion: { processId, counter: Long.fromNumber(8) },
        tags: { dc: 'ny' },
        lastWrite: { lastWriteDate: new Date(1234) },
      }),
    );
    expect(server).toMatchObject({
      me: 'h:27017',
      primary: 'a:27017',
      hosts: ['a:27017', 'b:27018'],
      passives: ['[::1]:27017'],
      setVersion: 3,
      electionId,
      topologyVersion: { processId, counter: 8n },
      tags: { dc: 'ny' },
      lastWriteDate: 1234,
      roundTripTime: 5,
      minRoundTripTime: 4,
      lastUpdateTime: 100,
      logicalSessionTimeoutMinutes: 30,
      problems: [],
    });
  });

  it.each([
    [{ setName: 7 }, 'setName is a number, expected a string'],
    [{ hosts: 'a:27017' }, 'hosts is a string, expected an array of strings'],
    [{ hosts: ['a:27017', 5] }, 'hosts is an array, expected an array of strings'],
    [{ maxWireVersion: 'eight' }, 'maxWireVersion is a string, expected an integer'],
    [{ topologyVersion: { counter: 1 } }, 'topologyVersion is an object'],
    [{ electionId: 'x' }, 'electionId is a string, expected an ObjectId'],
  ])('says what is wrong with %j and takes the server for unknown', (fields, problem) => {
    const server = read(member('primary', fields));
    expect(server.serverType).toBe('Unknown');
    expect((server.error as Error).message).toContain(problem);
  });

  it('leaves out what it can do without, and lists it', () => {
    const server = read(member('secondary', { tags: 'none', lastWrite: 5, maxBsonObjectSize: '16' }));
    expect(server.serverType).toBe('RSSecondary');
    expect(server.problems).toEqual([
      'lastWrite is a number, expected a document with the date lastWriteDate',
      'tags is a string, expected a document of strings',
      'maxBsonObjectSize is a string, expected an integer',
    ]);
  });

  it('follows a bounded number of members, itself among them, and says so', () => {
    const hosts = Array.from({ length: 10_000 }, (_, index) => `n${String(index)}:27017`);
    const server = read(member('primary', { hosts: [...hosts, 'h:27017'], arbiters: ['x:27017'] }));
    expect(server.serverType).toBe('RSPrimary');
    expect(server.hosts).toEqual([...hosts.slice(0, 500), 'h:27017']);
    expect(server.arbiters).toEqual([]);
    expect(server.problems).toEqual([
      'hosts has 10001 entries: more than 500 members are not followed',
      'arbiters has 1 entries: more than 500 members are not followed',
    ]);
  });

  it('survives any reply', () => {
    const names = [
      ...Object.keys(member('primary')),
      'me',
      'primary',
      'tags',
      'lastWrite',
      'topologyVersion',
      'msg',
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.anything()), (fields) => {
        const server = read({ ...member('primary'), ...fields });
        expect(Object.isFrozen(server)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('normalizeAddress', () => {
  it.each([
    ['A', 'a:27017'],
    ['a:27018', 'a:27018'],
    ['[::1]', '[::1]:27017'],
    ['[FE80::1]:27018', '[fe80::1]:27018'],
    ['/Tmp/x.sock', '/Tmp/x.sock'],
  ])('%s becomes %s', (given, expected) => {
    expect(normalizeAddress(given)).toBe(expected);
  });
});
