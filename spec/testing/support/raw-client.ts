import { deserialize, serialize, type Document } from 'bson';
import * as net from 'node:net';
import { crc32c } from '../../../lib/testing/net/crc32c.js';
import { FrameReader } from '../../../lib/testing/net/frame-reader.js';

export interface RawReply {
  readonly requestId: number;
  readonly responseTo: number;
  readonly opCode: number;
  readonly flags: number;
  readonly body: Document;
}

export interface MessageOptions {
  readonly flags?: number;
  readonly checksum?: 'right' | 'wrong';
  readonly sequences?: Readonly<Record<string, readonly Document[]>>;
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0, 0);
  return bytes;
};

const framed = (
  requestId: number,
  opCode: number,
  parts: readonly Uint8Array[],
  checksum?: 'right' | 'wrong',
): Buffer => {
  const size = 16 + parts.reduce((sum, part) => sum + part.length, 0) + (checksum === undefined ? 0 : 4);
  const message = Buffer.concat([int32(size), int32(requestId), int32(0), int32(opCode), ...parts]);
  return checksum === undefined
    ? message
    : Buffer.concat([message, int32(checksum === 'right' ? crc32c(message) : crc32c(message) ^ 1)]);
};

export const opMsg = (requestId: number, body: Document, options: MessageOptions = {}): Buffer => {
  const sequences = Object.entries(options.sequences ?? {}).map(([name, documents]) => {
    const content = Buffer.concat([
      Buffer.from(`${name}\0`),
      ...documents.map((document) => serialize(document)),
    ]);
    return Buffer.concat([Buffer.from([1]), int32(content.length + 4), content]);
  });
  const flags = (options.flags ?? 0) | (options.checksum === undefined ? 0 : 1);
  return framed(
    requestId,
    2013,
    [int32(flags), Buffer.from([0]), serialize(body), ...sequences],
    options.checksum,
  );
};

export const opQuery = (requestId: number, namespace: string, body: Document, flags = 0): Buffer =>
  framed(requestId, 2004, [
    int32(flags),
    Buffer.from(`${namespace}\0`),
    int32(0),
    int32(-1),
    serialize(body),
  ]);

const parse = (frame: Buffer): RawReply => {
  const opCode = frame.readInt32LE(12);
  const bodyAt = opCode === 1 ? 36 : 21;
  return {
    requestId: frame.readInt32LE(4),
    responseTo: frame.readInt32LE(8),
    opCode,
    flags: opCode === 1 ? 0 : frame.readUInt32LE(16),
    body: deserialize(frame.subarray(bodyAt), { allowObjectSmallerThanBufferSize: true }),
  };
};

/** A socket that speaks in frames and knows nothing else. */
export class RawClient {
  readonly #socket: net.Socket;
  readonly #replies: RawReply[] = [];
  readonly #waiting: ((reply: RawReply | undefined) => void)[] = [];
  #closed = false;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    const reader = new FrameReader((frame) => {
      const reply = parse(frame);
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#replies.push(reply);
      else waiter(reply);
    });
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      for (const waiter of this.#waiting.splice(0)) waiter(undefined);
    });
  }

  static async connect(address: string): Promise<RawClient> {
    const [host = '', port = ''] = address.split(':');
    const socket = net.connect({ host, port: Number(port) });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  send(message: Uint8Array): void {
    this.#socket.write(message);
  }

  /** The next reply; undefined when the server has closed the connection. */
  receive(): Promise<RawReply | undefined> {
    const reply = this.#replies.shift();
    if (reply !== undefined || this.#closed) return Promise.resolve(reply);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The server has closed the connection. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Replies that have come and nobody has taken. */
  get unread(): number {
    return this.#replies.length;
  }

  async command(body: Document, options?: MessageOptions): Promise<Document> {
    this.send(opMsg(99, { ...body, $db: body['$db'] ?? 'admin' }, options));
    const reply = await this.receive();
    if (reply === undefined) throw new Error('the connection was closed');
    return reply.body;
  }

  close(): void {
    this.#socket.destroy();
  }
}
