import type { CommandContext } from '../commands/context.js';
import type { Reply } from '../commands/command.js';
import { CommandError } from '../command-error.js';
import type { Doc } from '../query/value.js';
import { startSasl } from './sasl.js';

/**
 * `speculativeAuthenticate` of hello: the reply of a saslStart, or nothing where that would have failed (auth
 * specification, "Speculative Authentication").
 */
export const speculate = (context: CommandContext, body: Doc): Reply | undefined => {
  const start = body.get('speculativeAuthenticate');
  if (!(start instanceof Map) || !start.has('saslStart')) return undefined;
  const database = start.get('db');
  try {
    return startSasl(context, typeof database === 'string' ? database : 'admin', start);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
};
