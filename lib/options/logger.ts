/** Parts of the driver that log, each with a level of its own (logging specification, "Components"). */
export type LogComponent = 'command' | 'topology' | 'serverSelection' | 'connection' | 'client';

/** From the most severe to the least (logging specification, "Log Severity Levels"); `off` logs nothing. */
export type LogLevel =
  'off' | 'emergency' | 'alert' | 'critical' | 'error' | 'warn' | 'notice' | 'info' | 'debug' | 'trace';

/** Least severities that are logged, by component; `all` is for those that are not named. */
export type LogLevels = Readonly<Partial<Record<LogComponent | 'all', LogLevel>>>;

/** An error as log messages have it: plain data, so that every logger writes all of it. */
export interface LoggedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly codeName?: string;
  readonly errorLabels?: readonly string[];
  /** What a connection was being used for when it failed: `dns`, `tcp`, `tls`, `hello`, `auth` or `in-use`. */
  readonly phase?: string;
  /** The server's reply as relaxed extended JSON, cut at `logMaxDocumentLength`. */
  readonly response?: string;
  readonly cause?: LoggedError;
}

/** What a message tells besides its text; the names are those of the specifications. Absent where not known. */
export type LogFields = Readonly<Record<string, string | number | boolean | LoggedError | undefined>> & {
  readonly component: LogComponent;
};

/** One message of the driver. */
export type LogEntry = LogFields & {
  readonly level: Exclude<LogLevel, 'off'>;
  readonly message: string;
};

type LogMethod = (fields: LogFields, message: string) => void;

/**
 * A logger with a method for each level, the fields first: pino, bunyan and `console` are such loggers. A message of a
 * level that it has no method for goes to the next less severe one, else to the next more severe one.
 */
export interface LeveledLogger {
  readonly emergency?: LogMethod;
  readonly alert?: LogMethod;
  readonly critical?: LogMethod;
  error: LogMethod;
  warn: LogMethod;
  readonly notice?: LogMethod;
  info: LogMethod;
  debug: LogMethod;
  readonly trace?: LogMethod;
}

/** Where log messages go: a logger with methods for levels, or a function that takes whole entries. */
export type Logger = LeveledLogger | ((entry: LogEntry) => void);

const REQUIRED = ['error', 'warn', 'info', 'debug'] as const;

export const isLogger = (value: unknown): value is Logger =>
  typeof value === 'function' ||
  (typeof value === 'object' &&
    value !== null &&
    REQUIRED.every((level) => typeof (value as Record<string, unknown>)[level] === 'function'));
