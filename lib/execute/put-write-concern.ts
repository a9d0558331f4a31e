import type { WriteConcern } from '../options/write-concern.js';

/**
 * Puts a write concern on a command. Its `wtimeout` does not count under `timeoutMS` (client-side operations timeout
 * specification, "Validation and Overrides"); where nothing else is left, the server's default holds.
 */
export const putWriteConcern = (
  body: Record<string, unknown>,
  concern: WriteConcern,
  timeoutMS: number | undefined,
): void => {
  if (concern.isServerDefault) return;
  const { wtimeout, ...fields } = concern.toCommand();
  if (wtimeout !== undefined && timeoutMS === undefined) fields['wtimeout'] = wtimeout;
  if (Object.keys(fields).length > 0) body['writeConcern'] = fields;
};
