import { describe, expect, it } from '@jest/globals';
import { ClientRecord } from './client-record.js';
import type { ObservedEvent } from './driver.js';
import type { ClientDescription, Doc } from './format.js';

const command = (commandName: string, fields: Doc = {}): ObservedEvent => ({
  family: 'command',
  type: 'commandStartedEvent',
  fields: { commandName, command: { [commandName]: 1 }, ...fields },
});
const pool = (type: string): ObservedEvent => ({ family: 'cmap', type, fields: { address: 'a:1' } });

const record = (description: Partial<ClientDescription>, events: readonly ObservedEvent[]): ClientRecord => {
  const client = new ClientRecord({ id: 'c', observeEvents: ['commandStartedEvent'], ...description }, []);
  for (const event of events) client.observer.onEvent(event);
  return client;
};
const names = (client: ClientRecord): unknown[] =>
  client.events('command').map(({ fields }) => fields['commandName']);

describe('a client entity', () => {
  it('keeps the events it observes', () => {
    const client = record({}, [command('find'), pool('poolReadyEvent')]);
    expect(names(client)).toEqual(['find']);
    expect(client.events('cmap')).toEqual([]);
  });

  it('leaves out fail points, ignored commands and sensitive ones', () => {
    const events = [
      command('configureFailPoint'),
      command('saslStart'),
      command('killCursors'),
      command('ping'),
    ];
    expect(names(record({ ignoreCommandMonitoringEvents: ['killCursors'] }, events))).toEqual(['ping']);
    expect(names(record({ observeSensitiveCommands: true }, events))).toEqual([
      'saslStart',
      'killCursors',
      'ping',
    ]);
  });

  it('takes a redacted hello for a sensitive one', () => {
    expect(names(record({}, [command('hello'), command('hello', { command: {} })]))).toEqual(['hello']);
  });

  it('counts connections checked out, whether it observes them or not', () => {
    const [out, back] = [pool('connectionCheckedOutEvent'), pool('connectionCheckedInEvent')];
    expect(record({}, [out, out, back]).connectionsCheckedOut).toBe(1);
  });

  it('waits for a condition, and says what it waited for in vain', async () => {
    const client = record({}, []);
    const seen = client.until(
      () => client.events('command').length === 1,
      5_000,
      () => 'no command',
    );
    client.observer.onEvent(command('ping'));
    await seen;
    await expect(
      client.until(
        () => false,
        1,
        () => 'the moon',
      ),
    ).rejects.toThrow('after 1 ms: the moon');
  });

  it('stops listening at the end of the operations', () => {
    const client = record({}, []);
    client.stopListening();
    client.observer.onEvent(command('ping'));
    expect(names(client)).toEqual([]);
  });
});
