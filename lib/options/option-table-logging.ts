import { readLogLevels } from './log-levels.js';
import { isLogger } from './logger.js';
import type { OptionSpec } from './option-spec.js';
import { integer, objectLike, readBy, text } from './value-kinds.js';

export const LOGGING_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'logger',
    kind: objectLike(
      'a logger with the methods error, warn, info and debug, or a function that takes entries',
      'Logger',
      isLogger,
    ),
    doc: 'Where log messages go: `console`, a pino or bunyan logger, or a function of one `LogEntry`.',
    defaultText: '`logPath`',
    uri: false,
  },
  {
    name: 'logLevel',
    kind: readBy('a level or an object of levels', 'LogLevel | LogLevels', readLogLevels),
    doc: 'Least severity that is logged: one level, or `{ command, topology, serverSelection, connection, client, all }`. Stronger than `MONGODB_LOG_ALL`, `MONGODB_LOG_COMMAND` and so on.',
    defaultText: 'the environment variables, else `info` with a `logger`, else `off`',
    uri: false,
  },
  {
    name: 'logPath',
    kind: text(),
    doc: 'Without a `logger`: `stdout`, `stderr`, or a file that lines of JSON are appended to.',
    defaultText: '`MONGODB_LOG_PATH`, else `stderr`',
    uri: false,
  },
  {
    name: 'logMaxDocumentLength',
    kind: integer(0),
    doc: 'Length, in UTF-16 code units, at which the extended JSON of a command or reply is cut in log messages.',
    defaultText: '`MONGODB_LOG_MAX_DOCUMENT_LENGTH`, else 1000',
    uri: false,
  },
];
