import { afterEach, describe, expect, it } from '@jest/globals';
import {
  AsyncMongoClient,
  CommandListener,
  ConnectionPoolListener,
  TopologyListener,
  type CommandStartedEvent,
  type CommandSucceededEvent,
} from '../../lib/index.js';
import { cursorReply } from '../support/scripted-server.js';
import { clientOf, closeAll, serverAndClient, startServer, warningsOf } from './client-fixture.js';

afterEach(closeAll);

describe('events', () => {
  it('[INFO-3] a command listener sees started and succeeded with one request id', async () => {
    const seen: (CommandStartedEvent | CommandSucceededEvent)[] = [];
    class Log extends CommandListener {
      override started(event: CommandStartedEvent): void {
        seen.push(event);
      }

      override succeeded(event: CommandSucceededEvent): void {
        seen.push(event);
      }
    }
    const { client } = await serverAndClient({}, { eventListeners: [new Log()] });
    await client.ping();
    expect(seen.map(({ commandName }) => commandName)).toEqual(['ping', 'ping']);
    expect(seen[0]?.requestId).toBe(seen[1]?.requestId);
  });

  it('[INFO-3] refuses what is no listener', () => {
    for (const wrong of [5, 'x', {}, [], () => undefined, { unrelated: () => undefined }]) {
      expect(() => new AsyncMongoClient({ connect: false, eventListeners: [wrong] as any })).toThrow(
        TypeError,
      );
    }
    expect(() => new AsyncMongoClient({ connect: false }).on('nonsense' as any, () => undefined)).toThrow(
      TypeError,
    );
  });

  it('[INFO-4] a connect, a find and a close give the expected sequence', async () => {
    const server = await startServer({ script: { find: cursorReply('t.c', []) } });
    const seen: string[] = [];
    class Pools extends ConnectionPoolListener {
      override poolReady(): void {
        seen.push('poolReady');
      }

      override connectionCheckedOut(): void {
        seen.push('checkedOut');
      }

      override connectionCheckedIn(): void {
        seen.push('checkedIn');
      }

      override poolClosed(): void {
        seen.push('poolClosed');
      }
    }
    class Topologies extends TopologyListener {
      override opened(): void {
        seen.push('topologyOpened');
      }

      override closed(): void {
        seen.push('topologyClosed');
      }
    }
    const client = clientOf(server, { connect: false, eventListeners: [new Pools(), new Topologies()] });
    client.on('commandStarted', ({ commandName }) => seen.push(commandName));
    client.on('serverOpening', () => seen.push('serverOpening'));
    client.on('serverHeartbeatSucceeded', () => seen.push('heartbeat'));
    await client.connect();
    await client.db('t').collection('c').find().toArray();
    await client.close();
    expect(seen.slice(0, 2)).toEqual(['topologyOpened', 'serverOpening']);
    const order = [
      'heartbeat',
      'poolReady',
      'checkedOut',
      'find',
      'checkedIn',
      'endSessions',
      'poolClosed',
      'topologyClosed',
    ];
    const positions = order.map((name) => seen.indexOf(name));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it('[INFO-5] a listener that throws disturbs nothing', async () => {
    const { client } = await serverAndClient({ script: { find: cursorReply('t.c', [{ x: 1 }]) } });
    client.on('commandStarted', () => {
      throw new Error('a faulty listener');
    });
    const warnings = await warningsOf(async () => {
      expect(await client.db('t').collection('c').find().toArray()).toEqual([{ x: 1 }]);
    });
    expect(warnings.join()).toContain('a faulty listener');
  });

  it('once() hears one event and off() takes a listener back', async () => {
    const { client } = await serverAndClient();
    const seen: string[] = [];
    const listener = (): void => void seen.push('on');
    client.once('commandStarted', () => seen.push('once')).on('commandStarted', listener);
    await client.ping();
    client.off('commandStarted', listener);
    await client.ping();
    expect(seen).toEqual(['once', 'on']);
  });
});
