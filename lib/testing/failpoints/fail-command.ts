import { CommandError } from '../command-error.js';
import { exactInteger } from '../query/number.js';
import type { Doc, Value } from '../query/value.js';
import type { FailPoints } from './fail-points.js';

/** What of a command decides whether `failCommand` concerns it. */
export interface FailCommandSubject {
  /** Canonical name of the command, and every other name it has. */
  readonly names: readonly string[];
  readonly namespace: string;
  readonly appName: string | undefined;
  readonly random: () => number;
}

/** What an active `failCommand` does to a command before it runs; in this order. */
export interface CommandFailure {
  readonly blockMS: number;
  readonly closeConnection: boolean;
  readonly error: CommandError | undefined;
  /** In place of the labels that the server would add; undefined: it adds its own. */
  readonly labels: readonly string[] | undefined;
}

const MESSAGE = "Failing command via 'failCommand' failpoint";

const concerns = (data: Doc, subject: FailCommandSubject): boolean => {
  // The server exempts the command that switches the fail point off.
  if (subject.names.includes('configureFailPoint')) return false;
  const appName = data.get('appName');
  if (appName !== undefined && appName !== subject.appName) return false;
  const namespace = data.get('namespace');
  if (namespace !== undefined && namespace !== subject.namespace) return false;
  if (data.has('failAllCommands')) return true;
  const commands = data.get('failCommands');
  return (
    Array.isArray(commands) &&
    commands.some((name) => typeof name === 'string' && subject.names.includes(name))
  );
};

const labelsOf = (data: Doc): readonly string[] | undefined => {
  const labels = data.get('errorLabels');
  return Array.isArray(labels)
    ? labels.filter((label): label is string => typeof label === 'string')
    : undefined;
};

const blockTime = (data: Doc): number => {
  const ms = exactInteger(data.get('blockTimeMS'));
  if (ms === undefined) {
    throw new CommandError('InvalidOptions', "must specify 'blockTimeMS' when 'blockConnection' is true");
  }
  if (ms < 0n) throw new CommandError('InvalidOptions', "'blockTimeMS' must be non-negative");
  return Number(ms);
};

const errorOf = (data: Doc): CommandError | undefined => {
  const code = exactInteger(data.get('errorCode'));
  if (code === undefined) return undefined;
  const extra = data.get('errorExtraInfo');
  return new CommandError(Number(code), MESSAGE, {
    ...(extra instanceof Map && { extra: Object.fromEntries(extra) }),
  });
};

/** Before a command runs: what is to be done to it, if anything. Counts an activation. */
export const failBefore = (points: FailPoints, subject: FailCommandSubject): CommandFailure | undefined => {
  const data = points.evaluate(
    'failCommand',
    subject.random,
    (candidate) =>
      (candidate.get('closeConnection') === true ||
        candidate.get('blockConnection') === true ||
        exactInteger(candidate.get('errorCode')) !== undefined) &&
      concerns(candidate, subject),
  );
  if (data === undefined) return undefined;
  return {
    blockMS: data.get('blockConnection') === true ? blockTime(data) : 0,
    closeConnection: data.get('closeConnection') === true,
    error: errorOf(data),
    labels: labelsOf(data),
  };
};

/** After a command that takes a write concern has run: the error that stands in for waiting. Counts an activation. */
export const failWriteConcern = (
  points: FailPoints,
  subject: FailCommandSubject,
): { readonly writeConcernError: Value; readonly labels: readonly string[] | undefined } | undefined => {
  const data = points.evaluate(
    'failCommand',
    subject.random,
    (candidate) => candidate.has('writeConcernError') && concerns(candidate, subject),
  );
  const writeConcernError = data?.get('writeConcernError');
  return data === undefined || writeConcernError === undefined
    ? undefined
    : { writeConcernError, labels: labelsOf(data) };
};

/** `failGetMoreAfterCursorCheckout`: the error a getMore is to fail with once it holds its cursor. */
export const failGetMore = (points: FailPoints, subject: FailCommandSubject): CommandError | undefined => {
  const data = points.evaluate('failGetMoreAfterCursorCheckout', subject.random, (candidate) =>
    concerns(new Map([...candidate, ['failCommands', ['getMore']]]), subject),
  );
  if (data === undefined) return undefined;
  const code = exactInteger(data.get('errorCode'));
  return new CommandError(
    code === undefined ? 'InternalError' : Number(code),
    "Hit the 'failGetMoreAfterCursorCheckout' failpoint",
  );
};
