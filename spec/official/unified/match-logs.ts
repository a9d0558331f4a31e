import type { ObservedLogMessage } from './driver.js';
import type { EntityMap } from './entity-map.js';
import type { ExpectedLogMessage, ExpectedLogMessages } from './format.js';
import { fail, match, Mismatch } from './match.js';

/** Asserts the log messages of one client, in order ("expectedLogMessagesForClient"). */
export const matchLogMessages = (
  expected: ExpectedLogMessages,
  observed: readonly ObservedLogMessage[],
  entities: EntityMap,
): void => {
  const where = `log messages of ${expected.client}`;
  const actual = observed.filter(
    (message) => !expected.ignoreMessages?.some((ignored) => messageMatches(ignored, message, entities)),
  );
  for (const [index, message] of expected.messages.entries()) {
    const got = actual[index];
    if (!got)
      return fail(
        where,
        `expected ${expected.messages.length}, got ${actual.length}; missing "${String(message.data['message'])}"`,
      );
    matchMessage(message, got, entities, `${where}[${index}]`);
  }
  if (!expected.ignoreExtraMessages && actual.length > expected.messages.length)
    fail(
      where,
      `expected ${expected.messages.length}, got ${actual.length}: ${actual.map(({ data }) => String(data['message'])).join(', ')}`,
    );
};

const messageMatches = (
  expected: ExpectedLogMessage,
  actual: ObservedLogMessage,
  entities: EntityMap,
): boolean => {
  try {
    matchMessage(expected, actual, entities, 'message');
    return true;
  } catch (error) {
    if (error instanceof Mismatch) return false;
    throw error;
  }
};

const matchMessage = (
  expected: ExpectedLogMessage,
  actual: ObservedLogMessage,
  entities: EntityMap,
  where: string,
): void => {
  if (actual.level !== expected.level) fail(where, `expected level ${expected.level}, got ${actual.level}`);
  if (actual.component !== expected.component)
    fail(where, `expected component ${expected.component}, got ${actual.component}`);
  match(expected.data, actual.data, entities, true, `${where} ${String(expected.data['message'])}`);
  if (expected.failureIsRedacted !== undefined) matchRedaction(expected.failureIsRedacted, actual, where);
};

/** A redacted failure of a server error keeps code, codeName and labels only; a message would be the leak. */
const matchRedaction = (redacted: boolean, { data }: ObservedLogMessage, where: string): void => {
  const failure = data['failure'];
  if (failure === undefined || failure === null) return fail(where, 'expected a failure');
  const text = typeof failure === 'string' ? failure : JSON.stringify(failure);
  const bare = text === '{}' || text === '(redacted)' || !/errmsg/.test(text);
  if (bare !== redacted)
    fail(where, redacted ? `failure is not redacted: ${text}` : `failure is redacted: ${text}`);
};
