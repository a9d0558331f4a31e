import { ConfigurationError } from '../core/errors/usage.js';
import { describeType } from './describe-type.js';
import { optionByName, OPTION_NAMES, type NamedOption } from './option-table.js';
import { warnIfDeprecated, type OptionValues } from './query.js';
import { didYouMean } from './suggest.js';
import { misfitMessage, showValue } from './value-kinds.js';

/**
 * The options of an options object: unknown names throw `ConfigurationError` with the close ones (CONN-13), values of
 * another type `TypeError`, values out of range `ConfigurationError` (CONN-14). `undefined` counts as not given.
 */
export const readOptionsObject = (options: unknown, warn: (message: string) => void): OptionValues => {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`The options of a client must be an object, got ${describeType(options)}`);
  }
  const values: OptionValues = new Map();
  for (const [name, raw] of ownNamesFirst(options as Record<string, unknown>)) {
    const option = optionByName(name);
    if (option === undefined)
      throw new ConfigurationError(`Unknown option "${name}"${didYouMean(name, OPTION_NAMES)}`);
    const value = raw === null ? option.spec.null : raw;
    if (value === undefined) continue;
    const checked = check(name, option, value, warn);
    if (!values.has(option.spec.name)) values.set(option.spec.name, checked);
    else if (option.spec.repeated !== 'must-agree') {
      warn(`Option "${name}" is ignored, since its present name "${option.spec.name}" is given too`);
    } else if (values.get(option.spec.name) !== checked) {
      throw new ConfigurationError(`Options "${option.spec.name}" and "${name}" contradict each other`);
    }
  }
  return values;
};

/** An option's own name wins over its aliases, wherever they stand. */
const ownNamesFirst = (options: Record<string, unknown>): [string, unknown][] => {
  const isAlias = ([name]: [string, unknown]): number => (optionByName(name)?.alias === undefined ? 0 : 1);
  return Object.entries(options).sort((one, other) => isAlias(one) - isAlias(other));
};

const check = (
  name: string,
  { spec, alias }: NamedOption,
  value: unknown,
  warn: (message: string) => void,
): unknown => {
  const reading = spec.kind.check(value, warn);
  if ('wrong' in reading) {
    const message = misfitMessage(`Option "${name}"`, reading, showValue(value, spec.secret === true));
    throw reading.wrong === 'type' ? new TypeError(message) : new ConfigurationError(message);
  }
  warnIfDeprecated(spec, name, alias, warn);
  return reading.value;
};
