import { createWriteStream, type WriteStream } from 'node:fs';
import type { Runtime } from '../core/runtime.js';
import type { LogEntry } from '../options/logger.js';
import type { LogSink } from './log-sink.js';

const lineOf = ({ level, component, message, ...fields }: LogEntry, wallClock: number): string =>
  `${JSON.stringify({ time: new Date(wallClock).toISOString(), level, component, message, ...fields })}\n`;

/** Lines of JSON on a stream of the process, which is not ours to close. */
const standardSink = (runtime: Runtime, stream: NodeJS.WritableStream): LogSink => ({
  write: (entry) => void stream.write(lineOf(entry, runtime.wallClock())),
  close: () => Promise.resolve(),
});

/**
 * Lines of JSON at the end of a file, which is open while there is something to log. Of a file that cannot be opened
 * everything goes to stderr, of one that cannot be written any more the rest (logging specification, "Configurable Log
 * Destination").
 */
class FileSink implements LogSink {
  readonly #runtime: Runtime;
  readonly #path: string;
  #stream: WriteStream | undefined;
  /** What was written before it is known whether the file can be opened. */
  #early: string[] | undefined;
  #fallback: LogSink | undefined;

  constructor(runtime: Runtime, path: string) {
    this.#runtime = runtime;
    this.#path = path;
  }

  write(entry: LogEntry): void {
    if (this.#fallback !== undefined) {
      this.#fallback.write(entry);
      return;
    }
    const line = lineOf(entry, this.#runtime.wallClock());
    this.#stream ??= this.#open();
    this.#early?.push(line);
    this.#stream.write(line);
  }

  close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.#path, { flags: 'a' });
    this.#early = [];
    stream.on('open', () => {
      this.#early = undefined;
    });
    stream.on('error', (error) => {
      process.emitWarning(
        `The log goes to stderr: ${this.#path} cannot be written (${error.message})`,
        'AsyncMongoWarning',
      );
      this.#fallback = standardSink(this.#runtime, process.stderr);
      for (const line of this.#early ?? []) process.stderr.write(line);
      this.#early = undefined;
      this.#stream = undefined;
    });
    return stream;
  }
}

/** `stdout` and `stderr` in any letter case, else the path of a file. */
export const streamSink = (runtime: Runtime, path: string): LogSink => {
  switch (path.toLowerCase()) {
    case 'stdout':
      return standardSink(runtime, process.stdout);
    case 'stderr':
      return standardSink(runtime, process.stderr);
    default:
      return new FileSink(runtime, path);
  }
};
