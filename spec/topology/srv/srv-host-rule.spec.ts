import { describe, expect, it } from '@jest/globals';
import { sortSrvTargets, srvHostRule } from '../../../lib/topology/srv/srv-host-rule.js';

const sort = (host: string, ...names: string[]) =>
  sortSrvTargets(
    srvHostRule(host),
    names.map((name) => ({ name, port: 27017 })),
  );

describe('hosts of an SRV record', () => {
  it.each([
    ['localhost', 'localhost.mongodb'],
    ['mongo.local', 'test_1.evil.local'],
    ['blogs.mongodb.com', 'blogs.evil.com'],
  ])('%s is not answered by %s, of another domain', (host, target) => {
    const { valid, foreign } = sort(host, target);
    expect(valid).toEqual([]);
    expect(foreign[0]).toContain(`"${target}" port 27017 is not below the domain`);
  });

  it.each(['localhost', 'mongo.local'])('%s is not answered by itself', (host) => {
    expect(sort(host, host).valid).toEqual([]);
    expect(sort(host, `one.${host}`).valid).toEqual([`one.${host}:27017`]);
  });

  it.each([
    ['localhost', 'test_1.cluster_1localhost'],
    ['mongo.local', 'test_1.my_hostmongo.local'],
    ['blogs.mongodb.com', 'cluster.testmongodb.com'],
  ])('%s is not answered by %s, a look-alike without the dot', (host, target) => {
    expect(sort(host, target).valid).toEqual([]);
  });

  it('of three labels may be the host itself, or lie deeper', () => {
    const names = ['build.10gen.cc', 'a.b.build.10gen.cc', 'other.10gen.cc'];
    expect(sort('build.10gen.cc', ...names).valid).toEqual(names.map((name) => `${name}:27017`));
  });

  it('must not be the bare domain, nor above it', () => {
    expect(sort('x.test.build.10gen.cc', 'test.build.10gen.cc', 'build.10gen.cc').valid).toEqual([]);
  });

  it('are compared without letter case and without the dot of the root, on both sides', () => {
    expect(sort('BLOGS.MongoDB.com.', 'CLUSTER.MONGODB.COM.', 'cluster.mongodb.com').valid).toEqual([
      'cluster.mongodb.com:27017',
    ]);
  });

  it.each([
    '',
    '.',
    '/tmp/x.mongodb.com',
    'u@h.mongodb.com',
    'a,b.mongodb.com',
    '..mongodb.com',
    'a b.mongodb.com',
  ])('that are no host names are refused: "%s"', (name) => {
    const { valid, foreign } = sort('blogs.mongodb.com', name);
    expect(valid).toEqual([]);
    expect(foreign[0]).toContain('is not a host name');
  });

  it('need a port', () => {
    const records = [0, 65_536, 1.5].map((port) => ({ name: 'c.mongodb.com', port }));
    expect(sortSrvTargets(srvHostRule('blogs.mongodb.com'), records).valid).toEqual([]);
    expect(sortSrvTargets(srvHostRule('blogs.mongodb.com'), records).foreign).toHaveLength(3);
  });

  it('are sorted one by one: good ones stay beside bad ones', () => {
    const { valid, foreign } = sort('blogs.mongodb.com', 'a.mongodb.com', 'a.evil.com', 'b.mongodb.com');
    expect(valid).toEqual(['a.mongodb.com:27017', 'b.mongodb.com:27017']);
    expect(foreign).toHaveLength(1);
  });
});
