import type { LogEntry } from '../options/logger.js';

/** Where the entries of one client go. */
export interface LogSink {
  /** Never throws: a log disturbs nobody. */
  write(entry: LogEntry): void;
  /** Resolves when what was written has arrived. More may be written afterwards. */
  close(): Promise<void>;
}
