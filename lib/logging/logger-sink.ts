import { LOG_LEVELS } from '../options/log-levels.js';
import type { LeveledLogger, LogEntry, LogFields, Logger, LogLevel } from '../options/logger.js';
import type { LogSink } from './log-sink.js';

type LogMethodName = keyof LeveledLogger;

/** Logging specification, "Log Severity Levels": the closest less severe level there is, else the closest more severe. */
const methodFor = (logger: LeveledLogger, level: LogLevel): LogMethodName => {
  const at = LOG_LEVELS.indexOf(level);
  const order = [...LOG_LEVELS.slice(at), ...LOG_LEVELS.slice(1, at).reverse()] as LogMethodName[];
  return order.find((name) => typeof logger[name] === 'function') ?? 'error';
};

const callerOf = (logger: Logger): ((entry: LogEntry) => void) => {
  if (typeof logger === 'function') return logger;
  const methods = Object.fromEntries(LOG_LEVELS.map((level) => [level, methodFor(logger, level)])) as Record<
    LogLevel,
    LogMethodName
  >;
  return ({ level, message, ...fields }) => {
    logger[methods[level]]?.(fields as unknown as LogFields, message);
  };
};

/** The logger that the user passed in. What it throws becomes a warning of the process. */
export const loggerSink = (logger: Logger): LogSink => {
  const call = callerOf(logger);
  return {
    write(entry) {
      try {
        call(entry);
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        process.emitWarning(`The logger of a client threw: ${text}`, 'AsyncMongoWarning');
      }
    },
    close: () => Promise.resolve(),
  };
};
