import { ConfigurationError } from '../core/errors/usage.js';
import { describeType } from './describe-type.js';

/** What the constructor of a client was called with. */
export interface ConstructorArguments {
  readonly host: string | readonly string[] | undefined;
  readonly port: number | undefined;
  readonly options: object;
}

/** The forms `(options?)`, `(host?, options?)` and `(host?, port?, options?)` (CONN-2). */
export const readArguments = (first?: unknown, second?: unknown, third?: unknown): ConstructorArguments => {
  if (isOptions(first)) {
    if (second !== undefined || third !== undefined)
      throw new TypeError('Options are the last argument of a client');
    return fromOptions(undefined, undefined, first);
  }
  if (isOptions(second)) {
    if (third !== undefined) throw new TypeError('Options are the last argument of a client');
    return fromOptions(first, undefined, second);
  }
  if (third != null && !isOptions(third)) {
    throw new TypeError(`The options of a client must be an object, got ${describeType(third)}`);
  }
  return fromOptions(first, second, third ?? {});
};

const isOptions = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fromOptions = (
  positionalHost: unknown,
  positionalPort: unknown,
  options: object,
): ConstructorArguments => {
  const { host, hosts, port, ...rest } = options as Record<string, unknown>;
  if (host != null && hosts != null)
    throw new ConfigurationError('host and hosts are two names of one option: give one');
  return {
    host: checkHost(once('host', positionalHost, host ?? hosts)),
    port: checkPort(once('port', positionalPort, port)),
    options: rest,
  };
};

const once = (name: string, positional: unknown, option: unknown): unknown => {
  if (positional != null && option != null)
    throw new ConfigurationError(`${name} is given twice: as argument and as option`);
  return positional ?? option ?? undefined;
};

const checkHost = (host: unknown): ConstructorArguments['host'] => {
  const isList = Array.isArray(host) && host.every((entry) => typeof entry === 'string');
  if (host !== undefined && typeof host !== 'string' && !isList) {
    throw new TypeError(`host must be a string or a list of strings, got ${describeType(host)}`);
  }
  return host;
};

const checkPort = (port: unknown): number | undefined => {
  if (port === undefined) return undefined;
  if (!Number.isInteger(port)) throw new TypeError('port must be an integer');
  const number = port as number;
  if (number < 1 || number > 65535)
    throw new ConfigurationError(`port must be from 1 to 65535, got ${String(number)}`);
  return number;
};
