import type { Command } from '../wire/command.js';

/** Commands whose documents may hold secrets (command logging and monitoring specification, "Security"). */
const SENSITIVE: ReadonlySet<string> = new Set([
  'authenticate',
  'saslstart',
  'saslcontinue',
  'getnonce',
  'createuser',
  'updateuser',
  'copydbgetnonce',
  'copydbsaslstart',
  'copydb',
]);

const HELLO: ReadonlySet<string> = new Set(['hello', 'ismaster']);

export const isSensitive = ({ name, body }: Command): boolean => {
  const lower = name.toLowerCase();
  return SENSITIVE.has(lower) || (HELLO.has(lower) && body['speculativeAuthenticate'] !== undefined);
};
