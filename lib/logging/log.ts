import type { EffectiveLogLevels } from '../options/log-levels.js';
import { LOG_LEVELS } from '../options/log-levels.js';
import type { LogComponent, LogEntry, LogFields, LogLevel } from '../options/logger.js';
import type { LogSink } from './log-sink.js';

type Severity = Exclude<LogLevel, 'off'>;

/** The log of one client: what is worth a message, by component and level, and where messages go. */
export class Log {
  /** Length at which the extended JSON of a document is cut. */
  readonly maxDocumentLength: number;
  readonly #levels: EffectiveLogLevels;
  readonly #sink: LogSink;

  constructor(levels: EffectiveLogLevels, maxDocumentLength: number, sink: LogSink) {
    this.#levels = levels;
    this.maxDocumentLength = maxDocumentLength;
    this.#sink = sink;
  }

  /** Levels never change: whoever hears `false` once need not ask again. */
  isEnabled(component: LogComponent, level: Severity): boolean {
    return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(this.#levels[component]);
  }

  /** Fields that are `undefined` are left out (logging specification, "Omitting Null Values"). */
  write(
    component: LogComponent,
    level: Severity,
    message: string,
    fields: Omit<LogFields, 'component'>,
  ): void {
    if (!this.isEnabled(component, level)) return;
    const entry: Record<string, unknown> = { level, component, message };
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) entry[name] = value;
    this.#sink.write(entry as LogEntry);
  }

  /** Resolves when everything written is where it belongs. */
  close(): Promise<void> {
    return this.#sink.close();
  }
}
