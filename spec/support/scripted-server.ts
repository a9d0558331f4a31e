import * as net from 'node:net';
import * as tls from 'node:tls';
import { once } from 'node:events';
import type { Document } from 'bson';
import { FrameReader } from '../../lib/wire/frame-reader.js';
import { decodeRequest, encodeReply, type DecodedRequest } from './scripted-server-message.js';

/** A request with the connection it came over and when. */
export interface ScriptedRequest extends DecodedRequest {
  readonly connection: ScriptedConnection;
  /** `performance.now()` of its arrival. */
  readonly at: number;
}

/**
 * What a handler wants to happen:
 * - a document: sent as the reply (`ok: 1` is added unless it has `ok`); nothing is sent to a request without reply
 * - `'silence'`: nothing
 * - `'close'`: the connection is closed without a reply; `'reset'`: with a TCP reset
 * - bytes: written as they are (`encodeReply` makes well-formed and malformed replies)
 * - a list of these: one after the other
 * - `undefined`: the server's default behaviour
 *
 * A handler may be asynchronous: a promise that the test resolves later delays the answer exactly that long.
 */
export type Answer = Document | Uint8Array | 'silence' | 'close' | 'reset' | undefined;
export type Handler = (
  request: ScriptedRequest,
) => Answer | readonly Answer[] | Promise<Answer | readonly Answer[]>;
/** A handler, or what it would always answer. */
export type Scripted = Handler | Document | 'silence' | 'close' | 'reset';
export type Script = Readonly<Record<string, Scripted>>;

export interface ScriptedConnection {
  /** From 1, in the order of acceptance. */
  readonly id: number;
  readonly socket: net.Socket;
  readonly requests: readonly ScriptedRequest[];
  /** `client` of its hello, once it came. */
  readonly metadata: Document | undefined;
  readonly open: boolean;
  /** Settles when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  write(bytes: Uint8Array): void;
  destroy(): void;
}

export interface ScriptedServerOptions {
  /** By command name: what differs from the default. `'*'` takes everything the others leave. */
  readonly script?: Script;
  /** Fields of the hello reply beside or instead of a standalone's: `mongosHello()`, `memberHello(...)`, or your own. */
  readonly hello?: Document | ((request: ScriptedRequest) => Document);
  /** Path of a Unix domain socket instead of a port. */
  readonly path?: string;
  readonly port?: number;
  readonly host?: string;
  /** Speaks TLS with these options of `node:tls`; see `certificates.ts`. */
  readonly tls?: tls.TlsOptions;
  /** Runs for each connection first; return `false` to ignore what it sends (accepts, never answers). */
  readonly onConnection?: (socket: net.Socket) => boolean | void;
}

export interface ScriptedServer {
  readonly port: number;
  /** `127.0.0.1:port`, or the socket path. */
  readonly address: string;
  /** Connection string with this server alone. */
  readonly uri: string;
  /** Everything received so far, over all connections. */
  readonly requests: readonly ScriptedRequest[];
  readonly connections: readonly ScriptedConnection[];
  /** Requests of one command, in order of arrival. */
  received(commandName: string): readonly ScriptedRequest[];
  /** Settles when at least `count` requests that match have arrived (those of the past count too). */
  waitFor(match: string | ((request: ScriptedRequest) => boolean), count?: number): Promise<ScriptedRequest>;
  /** Replaces the handler of one command; `undefined` returns to the default. */
  on(commandName: string, handler: Scripted | undefined): void;
  /** Handles only the next request of that command, before any other handler. */
  once(commandName: string, handler: Scripted): void;
  setHello(hello: ScriptedServerOptions['hello']): void;
  /** Ends all open connections and keeps accepting. */
  dropConnections(): void;
  /** Stops accepting and ends all connections. */
  close(): Promise<void>;
}

const LIMITS = {
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
  minWireVersion: 0,
  maxWireVersion: 25,
  readOnly: false,
};

export const standaloneHello = (): Document => ({
  ...LIMITS,
  helloOk: true,
  isWritablePrimary: true,
  ismaster: true,
});

export const mongosHello = (): Document => ({ ...standaloneHello(), msg: 'isdbgrid' });

export interface MemberHello {
  readonly hosts: readonly string[];
  readonly me: string;
  /** Address of the primary; the member with that address says it is primary. */
  readonly primary?: string | undefined;
  readonly setName?: string;
  readonly setVersion?: number;
  readonly electionId?: unknown;
}

export const memberHello = ({
  hosts,
  me,
  primary,
  setName = 'rs',
  setVersion = 1,
  electionId,
}: MemberHello): Document => ({
  ...LIMITS,
  helloOk: true,
  setName,
  setVersion,
  hosts: [...hosts],
  me,
  primary,
  isWritablePrimary: primary === me,
  ismaster: primary === me,
  secondary: primary !== me,
  electionId,
});

/** Reply to `find`, `aggregate` or a list command; with `id` 0 the cursor is already exhausted. */
export const cursorReply = (
  ns: string,
  documents: readonly Document[],
  { id = 0n, batch = 'firstBatch' }: { id?: bigint; batch?: 'firstBatch' | 'nextBatch' } = {},
): Document => ({ cursor: { id, ns, [batch]: [...documents] }, ok: 1 });

const isHello = (name: string): boolean => name === 'hello' || name.toLowerCase() === 'ismaster';

const ok = (): Document => ({ ok: 1 });

const DEFAULTS: Readonly<Record<string, () => Document>> = {
  ping: ok,
  endSessions: ok,
  killCursors: ok,
  buildInfo: () => ({ version: '8.0.0', versionArray: [8, 0, 0, 0], ok: 1 }),
};

const noSuchCommand = (name: string): Document => ({
  ok: 0,
  errmsg: `no such command: '${name}'`,
  code: 59,
  codeName: 'CommandNotFound',
});

const toHandler = (handler: Scripted): Handler =>
  typeof handler === 'function' ? (handler as Handler) : () => handler;

/** The server's side of one accepted stream. */
class Connection implements ScriptedConnection {
  readonly id: number;
  readonly socket: net.Socket;
  readonly requests: ScriptedRequest[] = [];
  readonly closed: Promise<void>;
  metadata: Document | undefined;
  open = true;

  constructor(id: number, socket: net.Socket) {
    this.id = id;
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.open = false;
        resolve();
      });
    });
  }

  write(bytes: Uint8Array): void {
    if (this.open) this.socket.write(bytes);
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/**
 * Starts a server that lives in this process, on a loopback port (or a Unix socket), answers as its script says and
 * remembers everything it was sent. It answers `hello`, `ping`, `buildInfo`, `endSessions` and `killCursors` by itself
 * and refuses other commands as a server does; `script`, `on` and `once` change any of that.
 *
 * ```ts
 * const server = await startScriptedServer({ script: { find: cursorReply('a.b', [{ _id: 1 }]) } });
 * const gate = deferred<Answer>();
 * server.once('insert', () => gate.promise); // answered when the test says so
 * await server.waitFor('insert');
 * gate.resolve({ n: 1 });
 * expect(server.received('insert')[0]?.sequences['documents']).toHaveLength(3);
 * await server.close();
 * ```
 */
export const startScriptedServer = async (options: ScriptedServerOptions = {}): Promise<ScriptedServer> => {
  const requests: ScriptedRequest[] = [];
  const connections: Connection[] = [];
  const handlers = new Map<string, Handler>();
  const single = new Map<string, Handler[]>();
  const waiters = new Set<() => void>();
  let hello = options.hello;
  for (const [name, handler] of Object.entries(options.script ?? {})) handlers.set(name, toHandler(handler));

  const defaultAnswer = (request: ScriptedRequest): Document => {
    const { commandName } = request;
    if (isHello(commandName)) {
      const fields = typeof hello === 'function' ? hello(request) : hello;
      return {
        ...standaloneHello(),
        connectionId: request.connection.id,
        ...fields,
        ok: fields?.['ok'] ?? 1,
      };
    }
    return DEFAULTS[commandName]?.() ?? noSuchCommand(commandName);
  };

  const answer = (request: ScriptedRequest, item: Answer): void => {
    const { connection } = request;
    if (item === 'silence') return;
    if (item === 'close') connection.socket.destroy();
    else if (item === 'reset') connection.socket.resetAndDestroy();
    else if (item instanceof Uint8Array) connection.write(item);
    else if (item === undefined || !request.moreToCome) {
      const document = item ?? defaultAnswer(request);
      if (!request.moreToCome) connection.write(encodeReply(request, { ok: 1, ...document }));
    }
  };

  const handle = async (request: ScriptedRequest): Promise<void> => {
    const { commandName } = request;
    const handler = single.get(commandName)?.shift() ?? handlers.get(commandName) ?? handlers.get('*');
    const result = await handler?.(request);
    for (const item of Array.isArray(result) ? (result as readonly Answer[]) : [result as Answer])
      answer(request, item);
  };

  const onSocket = (socket: net.Socket): void => {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    const connection = new Connection(connections.length + 1, socket);
    connections.push(connection);
    if (options.onConnection?.(socket) === false) {
      socket.resume();
      return;
    }
    const reader = new FrameReader((frame) => {
      const request: ScriptedRequest = { ...decodeRequest(frame), connection, at: performance.now() };
      if (isHello(request.commandName) && request.command['client'] !== undefined) {
        connection.metadata = request.command['client'] as Document;
      }
      connection.requests.push(request);
      requests.push(request);
      for (const check of waiters) check();
      handle(request).catch((error: unknown) => {
        process.emitWarning(`A scripted handler threw: ${String(error)}`);
        socket.destroy();
      });
    }, 48_000_000);
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch {
        socket.destroy();
      }
    });
  };

  const listener =
    options.tls === undefined ? net.createServer(onSocket) : tls.createServer(options.tls, onSocket);
  // A client that refuses the certificate ends the handshake: that is its test's business, not an error here.
  listener.on('tlsClientError', () => undefined);
  const host = options.host ?? '127.0.0.1';
  listener.listen(options.path === undefined ? { port: options.port ?? 0, host } : { path: options.path });
  await once(listener, 'listening');
  const bound = listener.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const address = options.path ?? `${host}:${String(port)}`;

  const server: ScriptedServer = {
    port,
    address,
    uri: `mongodb://${options.path === undefined ? address : encodeURIComponent(options.path)}/`,
    requests,
    connections,
    received: (commandName) => requests.filter((request) => request.commandName === commandName),
    waitFor: (match, count = 1) =>
      new Promise((resolve) => {
        const matches = typeof match === 'string' ? (r: ScriptedRequest) => r.commandName === match : match;
        const check = (): void => {
          const found = requests.filter(matches)[count - 1];
          if (found === undefined) return;
          waiters.delete(check);
          resolve(found);
        };
        waiters.add(check);
        check();
      }),
    on: (commandName, handler) => {
      if (handler === undefined) handlers.delete(commandName);
      else handlers.set(commandName, toHandler(handler));
    },
    once: (commandName, handler) => {
      const queue = single.get(commandName) ?? [];
      single.set(commandName, queue);
      queue.push(toHandler(handler));
    },
    setHello: (next) => {
      hello = next;
    },
    dropConnections: () => {
      for (const connection of connections) connection.destroy();
    },
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
  return server;
};
