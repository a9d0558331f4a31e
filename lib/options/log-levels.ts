import { ConfigurationError } from '../core/errors/usage.js';
import { describeType } from './describe-type.js';
import type { Environment } from './faas.js';
import type { LogComponent, LogLevel, LogLevels } from './logger.js';
import { didYouMean } from './suggest.js';

/** From the most severe to the least. */
export const LOG_LEVELS: readonly LogLevel[] = [
  'off',
  'emergency',
  'alert',
  'critical',
  'error',
  'warn',
  'notice',
  'info',
  'debug',
  'trace',
];

/** The environment variable of each component (logging specification, "Components"). */
const VARIABLES: Readonly<Record<LogComponent, string>> = {
  command: 'MONGODB_LOG_COMMAND',
  topology: 'MONGODB_LOG_TOPOLOGY',
  serverSelection: 'MONGODB_LOG_SERVER_SELECTION',
  connection: 'MONGODB_LOG_CONNECTION',
  client: 'MONGODB_LOG_CLIENT',
};

export const LOG_COMPONENTS = Object.keys(VARIABLES) as readonly LogComponent[];

const isLevel = (value: unknown): value is LogLevel => (LOG_LEVELS as readonly unknown[]).includes(value);

/** The option `logLevel`: one level for all components, or an object of levels. */
export const readLogLevels = (value: unknown): LogLevels => {
  if (typeof value === 'string') return Object.freeze({ all: levelOf('logLevel', value) });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(
      `Option "logLevel" must be a level or an object of levels, got ${describeType(value)}`,
    );
  }
  const names = ['all', ...LOG_COMPONENTS];
  const levels: Partial<Record<string, LogLevel>> = {};
  for (const [name, level] of Object.entries(value)) {
    if (!names.includes(name)) {
      throw new ConfigurationError(`Option "logLevel" has no component "${name}"${didYouMean(name, names)}`);
    }
    if (level != null) levels[name] = levelOf(`logLevel.${name}`, level);
  }
  return Object.freeze(levels);
};

const levelOf = (name: string, value: unknown): LogLevel => {
  if (isLevel(value)) return value;
  const expected = `one of ${LOG_LEVELS.join(', ')}`;
  if (typeof value !== 'string') {
    throw new TypeError(`Option "${name}" must be ${expected}, got ${describeType(value)}`);
  }
  throw new ConfigurationError(
    `Option "${name}" must be ${expected}, got ${JSON.stringify(value)}${didYouMean(value, LOG_LEVELS)}`,
  );
};

/** The level in force of each component. */
export type EffectiveLogLevels = Readonly<Record<LogComponent, LogLevel>>;

/**
 * What the code asks for wins over the environment, a component over `all`. Where neither speaks, nothing is logged;
 * a logger that was passed in hears of what is worth knowing without being asked for.
 */
export const effectiveLogLevels = (
  given: LogLevels | undefined,
  environment: Environment,
  hasLogger: boolean,
): EffectiveLogLevels => {
  const fallback = levelIn(environment, 'MONGODB_LOG_ALL') ?? (hasLogger ? 'info' : 'off');
  return Object.freeze(
    Object.fromEntries(
      LOG_COMPONENTS.map((component) => [
        component,
        given?.[component] ?? given?.all ?? levelIn(environment, VARIABLES[component]) ?? fallback,
      ]),
    ) as Record<LogComponent, LogLevel>,
  );
};

/** A value that is no level counts as not given (logging specification, "Per-Component Configuration"). */
const levelIn = (environment: Environment, variable: string): LogLevel | undefined => {
  const value = environment[variable]?.toLowerCase();
  return isLevel(value) ? value : undefined;
};

const DEFAULT_MAX_DOCUMENT_LENGTH = 1000;

export const effectiveMaxDocumentLength = (given: number | undefined, environment: Environment): number => {
  if (given !== undefined) return given;
  const value = environment['MONGODB_LOG_MAX_DOCUMENT_LENGTH'] ?? '';
  return /^\d+$/.test(value) ? Number(value) : DEFAULT_MAX_DOCUMENT_LENGTH;
};
