import { inspect } from 'node:util';
import type { ObservedEvent } from './driver.js';
import type { EntityMap } from './entity-map.js';
import type { Doc, ExpectedEvent, ExpectedEvents } from './format.js';
import { fail, match, Mismatch } from './match.js';

/** Asserts the events of one client, in order ("expectedEventsForClient"). */
export const matchEvents = (
  expected: ExpectedEvents,
  actual: readonly ObservedEvent[],
  entities: EntityMap,
): void => {
  const where = `${expected.eventType ?? 'command'} events of ${expected.client}`;
  for (const [index, event] of expected.events.entries()) {
    const observed = actual[index];
    if (!observed)
      return fail(
        where,
        `expected ${expected.events.length} events, got ${listNames(actual)}; missing ${inspect(event, { depth: 5 })}`,
      );
    matchEvent(event, observed, entities, `${where}[${index}]`);
  }
  if (!expected.ignoreExtraEvents && actual.length > expected.events.length)
    fail(where, `expected ${expected.events.length} events, got ${listNames(actual)}`);
};

const isObjectId = (value: unknown): boolean =>
  (value as { readonly _bsontype?: unknown } | undefined)?._bsontype === 'ObjectId';

const listNames = (events: readonly ObservedEvent[]): string =>
  `${events.length} (${events.map(({ type, fields }) => [type, fields['commandName']].filter(Boolean).join(' ')).join(', ')})`;

export const eventMatches = (
  expected: ExpectedEvent,
  actual: ObservedEvent,
  entities: EntityMap,
): boolean => {
  try {
    matchEvent(expected, actual, entities, 'event');
    return true;
  } catch (error) {
    if (error instanceof Mismatch) return false;
    throw error;
  }
};

export const matchEvent = (
  expected: ExpectedEvent,
  actual: ObservedEvent,
  entities: EntityMap,
  where: string,
): void => {
  const [type, fields] = Object.entries(expected)[0] as [string, Doc];
  if (actual.type !== type)
    fail(where, `expected ${type}, got ${actual.type} ${String(actual.fields['commandName'] ?? '')}`);
  for (const [field, wanted] of Object.entries(fields)) {
    const assertion = FIELDS[field];
    if (!assertion) throw new Error(`${where}: no assertion for event field ${field}`);
    assertion(wanted, actual, entities, `${where} ${type}.${field}`);
  }
};

type FieldAssertion = (wanted: unknown, actual: ObservedEvent, entities: EntityMap, where: string) => void;

const rootDocument =
  (field: string): FieldAssertion =>
  (wanted, actual, entities, where) =>
    match(wanted, actual.fields[field], entities, true, where, actual.surplus);

const same =
  (field: string): FieldAssertion =>
  (wanted, actual, _entities, where) => {
    const got = actual.fields[field];
    if (got !== wanted) fail(where, `expected ${String(wanted)}, got ${String(got)}`);
  };

/** A server or topology description: only its type is asserted. */
const descriptionType =
  (field: string): FieldAssertion =>
  (wanted, actual, _entities, where) => {
    const type = (wanted as Doc)['type'];
    const got = (actual.fields[field] as Doc | undefined)?.['type'];
    if (type !== undefined && got !== type) fail(where, `expected type ${String(type)}, got ${String(got)}`);
  };

const FIELDS: Readonly<Record<string, FieldAssertion>> = {
  command: rootDocument('command'),
  reply: rootDocument('reply'),
  commandName: same('commandName'),
  databaseName: same('databaseName'),
  reason: same('reason'),
  awaited: same('awaited'),
  interruptInUseConnections: same('interruptInUseConnections'),
  previousDescription: descriptionType('previousDescription'),
  newDescription: descriptionType('newDescription'),
  hasServiceId: (wanted, actual, _entities, where) => {
    const id = actual.fields['serviceId'];
    // Each driver has its own copy of the class.
    const set = isObjectId(id) && String(id) !== '0'.repeat(24);
    if (set !== wanted) fail(where, `serviceId is ${String(id)}`);
  },
  hasServerConnectionId: (wanted, actual, _entities, where) => {
    const id = actual.fields['serverConnectionId'];
    const set = (typeof id === 'bigint' || typeof id === 'number') && id > 0;
    if (set !== wanted) fail(where, `serverConnectionId is ${String(id)}`);
  },
};
