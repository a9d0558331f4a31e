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
 * Lines of JSON at the end of a file, which is open while there is something to log. A file that cannot be written
 * sends the rest to stderr (logging specification, "Configurable Log Destination").
 */
class FileSink implements LogSink {
  readonly #runtime: Runtime;
  readonly #path: string;
  #stream: WriteStream | undefined;
  #fallback: LogSink | undefined;

  constructor(runtime: Runtime, path: string) {
    this.#runtime = runtime;
    this.#path = path;
  }

  write(entry: LogEntry): void {
    if (this.#fallback !== undefined) this.#fallback.write(entry);
    else (this.#stream ??= this.#open()).write(lineOf(entry, this.#runtime.wallClock()));
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
    stream.on('error', (error) => {
      process.emitWarning(
        `The log goes to stderr: ${this.#path} cannot be written (${error.message})`,
        'AsyncMongoWarning',
      );
      this.#fallback = standardSink(this.#runtime, process.stderr);
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
