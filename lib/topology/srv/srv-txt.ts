import { ConfigurationError } from '../../core/errors/usage.js';
import { parseQuery, type OptionValues } from '../../options/query.js';

const ALLOWED = ['authSource', 'replicaSet', 'loadBalanced'];

const allowed = (name: string): boolean =>
  ALLOWED.some((option) => option.toLowerCase() === name.toLowerCase());

/**
 * The options that the TXT record of a host holds, as defaults behind all others (initial DNS seedlist discovery,
 * "Default Connection String Options"). Throws `ConfigurationError` for a second record, for any other option, and for
 * text that is no list of options.
 */
export const readTxtOptions = (
  host: string,
  records: readonly string[],
  warn: (message: string) => void,
): OptionValues => {
  const [text, second] = records;
  if (text === undefined) return new Map();
  if (second !== undefined) throw new ConfigurationError(`${host} has several TXT records: one is allowed`);
  // A name in percent-encoding is none of the three: nothing is decoded before it is judged.
  const foreign = text
    .split(/[&;]/)
    .map((pair) => pair.split('=', 1)[0] as string)
    .find((name) => name !== '' && !allowed(name));
  if (foreign !== undefined) {
    throw new ConfigurationError(
      `The TXT record of ${host} sets ${JSON.stringify(foreign)}: it may set ${ALLOWED.join(', ')} and nothing else`,
    );
  }
  try {
    return parseQuery(text, (message) => warn(`In the TXT record of ${host}: ${message}`));
  } catch (error) {
    throw new ConfigurationError(
      `The TXT record of ${host} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
};
