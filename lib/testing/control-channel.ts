import type { Readable, Writable } from 'node:stream';
import { EJSON } from 'bson';
import type { DeploymentControl } from './deployment-control.js';

type Call = keyof DeploymentControl;

const CALLS: readonly Call[] = [
  'primary',
  'awaitPrimary',
  'stepDown',
  'stepUp',
  'kill',
  'restart',
  'freeze',
  'thaw',
  'partition',
  'heal',
  'lag',
  'reconfigure',
  'rolledBack',
  'killShard',
  'restartShard',
  'setFaults',
  'resetConnections',
  'halfOpenConnections',
];

interface Request {
  readonly id: number;
  readonly call: Call;
  readonly args: readonly unknown[];
}

interface Response {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

/** Calls `onLine` with each whole line of a stream. */
export const readLines = (stream: Readable, onLine: (line: string) => void): void => {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
};

const toLine = (message: Request | Response): string => `${EJSON.stringify(message, { relaxed: false })}\n`;

const answer = async (control: DeploymentControl, { id, call, args }: Request): Promise<Response> => {
  try {
    if (!CALLS.includes(call)) throw new TypeError(`There is no control ${String(call)}`);
    const method = control[call] as (...values: readonly unknown[]) => Promise<unknown>;
    return { id, result: await method.apply(control, [...args]) };
  } catch (error) {
    const { name, message } = error as Error;
    return { id, error: { name, message } };
  }
};

/** The side of the process that has the deployment: one request a line, answered by one line. */
export const serveControl = (control: DeploymentControl, input: Readable, output: Writable): void => {
  readLines(input, (line) => {
    void answer(control, EJSON.parse(line) as Request).then((response) => output.write(toLine(response)));
  });
};

const ERRORS: Readonly<Record<string, new (message: string) => Error>> = { RangeError, TypeError };

const ENDED = { name: 'Error', message: 'The deployment has ended' };

/** Something that is kept alive only while it is needed. */
export interface Holdable {
  ref?(): unknown;
  unref?(): unknown;
}

/** The side of the process that controls. */
export class ControlChannel {
  readonly #input: Writable;
  readonly #output: Holdable;
  readonly #pending = new Map<number, (response: Response) => void>();
  #nextId = 1;
  #closed = false;

  /** Writes requests to `input`; `output` keeps this process alive while one is under way. */
  constructor(input: Writable, output: Holdable) {
    this.#input = input;
    this.#output = output;
  }

  /** The controls of the other process. */
  get control(): DeploymentControl {
    const calls = CALLS.map((call) => [call, (...args: readonly unknown[]) => this.#call(call, args)]);
    return Object.fromEntries(calls) as unknown as DeploymentControl;
  }

  /** A line that the other process has printed. */
  receive(line: string): void {
    const response = EJSON.parse(line) as Response;
    this.#settle(response);
  }

  /** The other process has ended. */
  close(): void {
    this.#closed = true;
    for (const id of [...this.#pending.keys()]) this.#settle({ id, error: ENDED });
  }

  async #call(call: Call, args: readonly unknown[]): Promise<unknown> {
    if (this.#closed) throw new Error(ENDED.message);
    const id = this.#nextId++;
    if (this.#pending.size === 0) this.#output.ref?.();
    const { result, error } = await new Promise<Response>((resolve) => {
      this.#pending.set(id, resolve);
      this.#input.write(toLine({ id, call, args }));
    });
    if (error === undefined) return result;
    const Class = ERRORS[error.name] ?? Error;
    throw new Class(error.message);
  }

  #settle(response: Response): void {
    this.#pending.get(response.id)?.(response);
    this.#pending.delete(response.id);
    if (this.#pending.size === 0) this.#output.unref?.();
  }
}
