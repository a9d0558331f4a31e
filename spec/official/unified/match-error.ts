import type { ErrorFacts } from './driver.js';
import type { EntityMap } from './entity-map.js';
import type { ExpectedError } from './format.js';
import { fail, match } from './match.js';

/** Asserts what a file expects of an error ("expectedError"). */
export const matchError = (
  expected: ExpectedError,
  facts: ErrorFacts,
  entities: EntityMap,
  where: string,
): void => {
  const got = `the error was: ${facts.message}`;
  const check = (holds: boolean, why: string): void => {
    if (!holds) fail(where, `${why}; ${got}`);
  };
  if (expected.isClientError !== undefined)
    check(
      facts.isClientError === expected.isClientError,
      `expected ${expected.isClientError ? 'a client' : 'a server'} error`,
    );
  if (expected.isTimeoutError !== undefined)
    check(
      facts.isTimeoutError === expected.isTimeoutError,
      `expected ${expected.isTimeoutError ? 'a' : 'no'} timeout error`,
    );
  const part = expected.errorContains?.toLowerCase();
  if (part !== undefined)
    check(
      facts.messages.some((message) => message.toLowerCase().includes(part)),
      `expected a message with "${part}"`,
    );
  if (expected.errorCode !== undefined)
    check(
      facts.code === expected.errorCode,
      `expected code ${expected.errorCode}, got ${String(facts.code)}`,
    );
  const codeName = expected.errorCodeName?.toLowerCase();
  if (codeName !== undefined)
    check(
      facts.codeNames.some((name) => name.toLowerCase() === codeName),
      `expected code name ${codeName}, got ${facts.codeNames.join()}`,
    );
  for (const label of expected.errorLabelsContain ?? [])
    check(facts.labels.includes(label), `expected label ${label}, got [${facts.labels.join()}]`);
  for (const label of expected.errorLabelsOmit ?? [])
    check(!facts.labels.includes(label), `expected no label ${label}`);
  if (expected.errorResponse !== undefined) {
    check(facts.response !== undefined, 'expected a server response');
    match(expected.errorResponse, facts.response, entities, true, `${where} errorResponse`);
  }
  if (expected.expectResult !== undefined)
    match(expected.expectResult, facts.result, entities, true, `${where} result`);
  matchBulkErrors(expected, facts, entities, where);
};

const matchBulkErrors = (
  expected: ExpectedError,
  facts: ErrorFacts,
  entities: EntityMap,
  where: string,
): void => {
  if (expected.writeErrors) {
    const actual = facts.writeErrors ?? {};
    const indexes = Object.keys(expected.writeErrors);
    if (indexes.length !== Object.keys(actual).length)
      fail(
        where,
        `expected write errors at ${indexes.join()}, got them at ${Object.keys(actual).join()}; ${facts.message}`,
      );
    for (const index of indexes)
      match(expected.writeErrors[index], actual[index], entities, true, `${where} writeErrors[${index}]`);
  }
  if (expected.writeConcernErrors) {
    const actual = facts.writeConcernErrors ?? [];
    if (actual.length !== expected.writeConcernErrors.length)
      fail(
        where,
        `expected ${expected.writeConcernErrors.length} write concern errors, got ${actual.length}; ${facts.message}`,
      );
    for (const [index, wanted] of expected.writeConcernErrors.entries())
      match(wanted, actual[index], entities, true, `${where} writeConcernErrors[${index}]`);
  }
};
