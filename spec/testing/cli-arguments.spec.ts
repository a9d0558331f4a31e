import { describe, expect, it } from '@jest/globals';
import { parseCliArguments, toCliArguments } from '../../lib/testing/cli-arguments.js';

describe('the command line of the deployment', () => {
  it('says what spawnDeployment was asked for', () => {
    const args = toCliArguments({
      topology: 'replicaset',
      members: 2,
      arbiters: 1,
      port: 27117,
      version: '7.0',
      auth: 'user:p:w',
      tls: true,
      setName: 'blue',
      parameters: { requireApiVersion: true, name: 'a=b' },
    });
    expect(parseCliArguments(args).options).toEqual({
      topology: 'replicaset',
      members: [{}, {}, { arbiter: true }],
      port: 27117,
      version: '7.0',
      auth: 'user:p:w',
      tls: true,
      setName: 'blue',
      parameters: { requireApiVersion: true, name: 'a=b' },
    });
  });

  it('says what each member is like', () => {
    const options = {
      topology: 'replicaset',
      members: [{ tags: { dc: 'east' } }, { priority: 0, hidden: true }],
      electionTimeoutMS: 500,
      proxied: true,
    } as const;
    expect(parseCliArguments(toCliArguments(options)).options).toEqual(options);
  });

  it('means a standalone when it is empty', () => {
    expect(parseCliArguments([])).toEqual({
      options: { topology: 'standalone', members: 1 },
      withParent: false,
      help: false,
    });
  });

  it.each([
    [['--topology', 'ring'], /--topology must be one of/],
    [['--members', 'many'], /--members must be a number/],
    [['--parameter', 'x'], /NAME=JSON/],
    [['--member', 'x'], /--member takes a JSON object, not "x"/],
    [['--member', '7'], /--member takes a JSON object, not "7"/],
    [['--colour'], /Unknown option/],
  ])('refuses %j', (args, message) => {
    expect(() => parseCliArguments(args)).toThrow(message);
  });
});
