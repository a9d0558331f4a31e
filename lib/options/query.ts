import { InvalidURI } from '../core/errors/usage.js';
import { optionByUriName, URI_OPTION_NAMES, type NamedOption } from './option-table.js';
import type { OptionSpec } from './option-spec.js';
import { percentDecode } from './percent-encoding.js';
import { didYouMean } from './suggest.js';
import { misfitMessage, showValue, type Reading, type ValueKind } from './value-kinds.js';

/** Options by their own names; a map, since nothing prints the secrets of one by accident through `JSON`. */
export type OptionValues = Map<string, unknown>;

/** One `name=value` of a connection string that names a known option. */
interface Given {
  readonly name: string;
  readonly text: string;
  readonly alias: NamedOption['alias'];
}

/**
 * A name as a message may show it. One that is no plain word may be a piece of a password, and so may any that is not
 * known where an "@" follows: the "?" before it may have been meant as part of the password.
 */
const shownName = (name: string, position: number, query: string): string =>
  optionByUriName(name) !== undefined || (/^[A-Za-z][\w.]{0,50}$/.test(name) && !query.includes('@'))
    ? `"${name}"`
    : `number ${String(position)}`;

/** The options of a connection string: known names, values that fit, warnings about the rest (CONN-13, CONN-14). */
export const parseQuery = (query: string, warn: (message: string) => void): OptionValues => {
  const given = new Map<OptionSpec, Given[]>();
  const pairs = query.split(/[&;]/);
  for (const [index, pair] of pairs.entries()) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = percentDecode(
      equals === -1 ? pair : pair.slice(0, equals),
      `Option ${String(index + 1)} of the connection string`,
    );
    const shown = shownName(name, index + 1, query);
    if (equals === -1)
      throw new InvalidURI(`Option ${shown} of the connection string has no value: write name=value`);
    const option = optionByUriName(name);
    if (option === undefined) {
      warn(
        `Option ${shown} of the connection string is not known and ignored${didYouMean(name, URI_OPTION_NAMES)}`,
      );
      continue;
    }
    const text = percentDecode(
      pair.slice(equals + 1),
      `The value of option ${shown} of the connection string`,
    );
    const entries = given.get(option.spec) ?? [];
    entries.push({ name, text, alias: option.alias });
    given.set(option.spec, entries);
  }
  const values: OptionValues = new Map();
  for (const [spec, entries] of given) {
    const value = decide(spec, entries, warn);
    if (value !== undefined) values.set(spec.name, value);
  }
  return values;
};

/** The value of an option out of all that is said about it. */
const decide = (spec: OptionSpec, entries: readonly Given[], warn: (message: string) => void): unknown => {
  if (spec.repeated === 'list') return readList(spec, entries, warn);
  if (spec.repeated === 'refused' && entries.length > 1) {
    throw new InvalidURI(`Option "${spec.name}" of the connection string is given more than once`);
  }
  if (spec.repeated === 'must-agree') {
    const values = entries.map((entry) => read(spec, entry, warn)).filter((value) => value !== undefined);
    if (new Set(values).size > 1) {
      const names = [spec.name, ...(spec.aliases ?? []).map((alias) => alias.name)];
      throw new InvalidURI(
        `Options ${names.map((name) => `"${name}"`).join(' and ')} of the connection string contradict each other`,
      );
    }
    return values[0];
  }
  const own = entries.filter((entry) => entry.alias === undefined);
  const counted = own.length > 0 ? own : entries;
  for (const { name } of own.length > 0 ? entries.filter((entry) => entry.alias !== undefined) : []) {
    warn(
      `Option "${name}" of the connection string is ignored, since its present name "${spec.name}" is given too`,
    );
  }
  if (counted.length > 1)
    warn(`Option "${spec.name}" of the connection string is given more than once: the last one counts`);
  const last = counted.at(-1);
  return last === undefined ? undefined : read(spec, last, warn);
};

const readList = (spec: OptionSpec, entries: readonly Given[], warn: (message: string) => void): unknown => {
  const values = entries.map((entry) => read(spec, entry, warn)).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : values.flat();
};

const read = (spec: OptionSpec, { name, text, alias }: Given, warn: (message: string) => void): unknown => {
  const reading = readText(spec.kind, text, warn);
  if ('wrong' in reading) {
    const message = misfitMessage(
      `Option "${name}" of the connection string`,
      reading,
      showValue(text, spec.secret === true),
    );
    if (spec.refusedInUri === 'anything' || spec.refusedInUri === reading.wrong)
      throw new InvalidURI(message);
    warn(`${message}; it is left out`);
    return undefined;
  }
  warnIfDeprecated(spec, name, alias, warn);
  return reading.value;
};

const readText = (kind: ValueKind, text: string, warn: (message: string) => void): Reading => {
  try {
    return kind.check(kind.fromText(text, warn), warn);
  } catch (error) {
    throw new InvalidURI((error as Error).message, { cause: error });
  }
};

export const warnIfDeprecated = (
  spec: OptionSpec,
  name: string,
  alias: NamedOption['alias'],
  warn: (message: string) => void,
): void => {
  if (alias?.deprecated === true) warn(`Option "${name}" is deprecated: use "${spec.name}"`);
  else if (spec.deprecated === true) warn(`Option "${name}" is deprecated: use "${spec.insteadUse ?? ''}"`);
};
