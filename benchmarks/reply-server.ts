/**
 * A server in a process of its own that answers from prebuilt buffers, so that a benchmark measures the driver. It
 * frames and encodes with Node and the `bson` package, never with the driver's own code. Prints its port as one line.
 * With `without-sessions` as its argument it is a server that knows none.
 */
import * as net from 'node:net';
import { EJSON, Long, serialize, Timestamp, type Document } from 'bson';
import { documentText } from './codec-documents.js';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const MORE_TO_COME = 2;

/** Number of documents of the large find, and of its first batch: what a server sends without a `batchSize`. */
const FIND_TOTAL = 10_000;
const FIRST_BATCH = 101;
/** Documents of the stream that the memory benchmark iterates, and how many fit a batch. */
const STREAM_TOTAL = 1_000_000;
const STREAM_BATCH = 50_000;

/** Without `topologyVersion` no driver streams: both check the server every 10 s, with one exchange. */
const hello: Document = {
  helloOk: true,
  isWritablePrimary: true,
  ismaster: true,
  maxBsonObjectSize: 16 * 1024 * 1024,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  localTime: new Date(0),
  ...(process.argv[2] !== 'without-sessions' && { logicalSessionTimeoutMinutes: 30 }),
  connectionId: 1,
  minWireVersion: 0,
  maxWireVersion: 25,
  readOnly: false,
  ok: 1,
};

/** An OP_MSG with one body section; ids are filled in per request. */
const message = (body: Document): Buffer => {
  const bson = serialize(body, { ignoreUndefined: true });
  const out = Buffer.alloc(21 + bson.length);
  out.writeInt32LE(out.length, 0);
  out.writeInt32LE(OP_MSG, 12);
  out.set(bson, 21);
  return out;
};

const legacyReply = (body: Document): Buffer => {
  const bson = serialize(body);
  const out = Buffer.alloc(36 + bson.length);
  out.writeInt32LE(out.length, 0);
  out.writeInt32LE(OP_REPLY, 12);
  out.writeInt32LE(1, 32);
  out.set(bson, 36);
  return out;
};

const tweet = EJSON.parse(documentText('tweet'), { relaxed: true }) as Document;
const tweets = Array.from({ length: FIND_TOTAL }, (_, index) => ({ _id: index, ...tweet }));
const small = (from: number, count: number): Document[] =>
  Array.from({ length: count }, (_, index) => ({
    _id: from + index,
    name: 'small',
    value: (from + index) / 2,
    tags: ['a', 'b'],
  }));

/** Insert events of a busy change stream: as many as a getMore finds when writes come steadily. */
const EVENTS_PER_BATCH = 100;
const events = Array.from({ length: EVENTS_PER_BATCH }, (_, index) => ({
  _id: { _data: `8265A1F2C3000000${String(index).padStart(2, '0')}2B042C0100296E5A1004` },
  operationType: 'insert',
  clusterTime: new Timestamp({ t: 1_700_000_000, i: index + 1 }),
  wallTime: new Date(1_700_000_000_000),
  fullDocument: { _id: index, ...tweet },
  ns: { db: 'bench', coll: 'watched' },
  documentKey: { _id: index },
}));

const cursor = (id: number, ns: string, field: 'firstBatch' | 'nextBatch', batch: Document[]): Buffer =>
  message({ cursor: { id: Long.fromNumber(id), ns, [field]: batch }, ok: 1 });

const TWEETS_CURSOR = 4_611_686_018_427;
const STREAM_CURSOR = 4_611_686_018_428;
const CHANGES_CURSOR = 4_611_686_018_429;
const behindBatch = { postBatchResumeToken: { _data: '8265A1F2C3000001002B0429296E1404' } };
const replies = {
  hello: message(hello),
  ok: message({ ok: 1 }),
  one: cursor(0, 'bench.one', 'firstBatch', [{ _id: 0, ...tweet }]),
  tweetsFirst: cursor(TWEETS_CURSOR, 'bench.tweets', 'firstBatch', tweets.slice(0, FIRST_BATCH)),
  tweetsNext: cursor(0, 'bench.tweets', 'nextBatch', tweets.slice(FIRST_BATCH)),
  changesFirst: message({
    cursor: { id: Long.fromNumber(CHANGES_CURSOR), ns: 'bench.watched', firstBatch: [], ...behindBatch },
    ok: 1,
  }),
  changesNext: message({
    cursor: { id: Long.fromNumber(CHANGES_CURSOR), ns: 'bench.watched', nextBatch: events, ...behindBatch },
    ok: 1,
  }),
  streamFirst: cursor(STREAM_CURSOR, 'bench.stream', 'firstBatch', small(0, FIRST_BATCH)),
  streamNext: cursor(STREAM_CURSOR, 'bench.stream', 'nextBatch', small(FIRST_BATCH, STREAM_BATCH)),
  streamLast: cursor(
    0,
    'bench.stream',
    'nextBatch',
    small(FIRST_BATCH, (STREAM_TOTAL - FIRST_BATCH) % STREAM_BATCH),
  ),
};
const legacyHello = legacyReply(hello);
const insertReplies = new Map<number, Buffer>();

/** Length of the element name that starts at `at`. */
const nameAt = (frame: Buffer, at: number): string => frame.toString('latin1', at, frame.indexOf(0, at));

const readCommand = (frame: Buffer): { name: string; collection: string; body: number } => {
  const body = 21;
  const name = nameAt(frame, body + 5);
  const type = frame[body + 4];
  const value = body + 5 + name.length + 1;
  const collection =
    type === 2 ? frame.toString('latin1', value + 4, value + 3 + frame.readInt32LE(value)) : '';
  return { name, collection, body };
};

/** The `collection` of a getMore: a string behind the 64-bit id that comes first. */
const collectionOf = (frame: Buffer, body: number): string => {
  const at = frame.indexOf('collection\0', body) + 11;
  return frame.toString('latin1', at + 4, at + 3 + frame.readInt32LE(at));
};

const countInserted = (frame: Buffer, body: number): number => {
  let at = body + frame.readInt32LE(body);
  if (at >= frame.length || frame[at] !== 1) return 1;
  const end = at + 1 + frame.readInt32LE(at + 1);
  at = frame.indexOf(0, at + 5) + 1;
  let count = 0;
  for (; at < end; at += frame.readInt32LE(at)) count++;
  return count;
};

const insertReply = (n: number): Buffer => {
  let reply = insertReplies.get(n);
  if (reply === undefined) insertReplies.set(n, (reply = message({ n, ok: 1 })));
  return reply;
};

/** Batches still to come of the stream that is iterated; a driver may ask for them on any of its connections. */
let streamBatches = 0;

const replyTo = (frame: Buffer): Buffer => {
  const { name, collection, body } = readCommand(frame);
  switch (name) {
    case 'hello':
    case 'isMaster':
    case 'ismaster':
      return replies.hello;
    case 'find':
      if (collection === 'tweets') return replies.tweetsFirst;
      if (collection !== 'stream') return replies.one;
      streamBatches = Math.floor((STREAM_TOTAL - FIRST_BATCH) / STREAM_BATCH);
      return replies.streamFirst;
    case 'getMore':
      if (collectionOf(frame, body) === 'tweets') return replies.tweetsNext;
      if (collectionOf(frame, body) === 'watched') return replies.changesNext;
      return streamBatches-- > 0 ? replies.streamNext : replies.streamLast;
    case 'aggregate':
      return replies.changesFirst;
    case 'insert':
      return insertReply(countInserted(frame, body));
    default:
      return replies.ok;
  }
};

let nextId = 1;

const serve = (socket: net.Socket): void => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  let pending: Buffer[] = [];
  let size = 0;
  let wanted = 0;
  socket.on('data', (chunk: Buffer) => {
    pending.push(chunk);
    size += chunk.length;
    if (size < wanted) return;
    let buffer = pending.length === 1 ? chunk : Buffer.concat(pending, size);
    while (buffer.length >= 4) {
      const length = buffer.readInt32LE(0);
      if (buffer.length < length) {
        wanted = length;
        break;
      }
      answer(socket, buffer.subarray(0, length));
      buffer = buffer.subarray(length);
      wanted = 0;
    }
    pending = buffer.length === 0 ? [] : [buffer];
    size = buffer.length;
  });
};

const answer = (socket: net.Socket, frame: Buffer): void => {
  const requestId = frame.readInt32LE(4);
  const opCode = frame.readInt32LE(12);
  if (opCode === OP_MSG && (frame.readUInt32LE(16) & MORE_TO_COME) !== 0) return;
  // One write per reply; a large prebuilt reply is not copied: its header goes first.
  const reply = opCode === OP_QUERY ? legacyHello : replyTo(frame);
  const header = Buffer.from(reply.subarray(0, 16));
  header.writeInt32LE(nextId++ & 0x7fffffff, 4);
  header.writeInt32LE(requestId, 8);
  if (reply.length < 65_536) {
    socket.write(Buffer.concat([header, reply.subarray(16)], reply.length));
  } else {
    socket.cork();
    socket.write(header);
    socket.write(reply.subarray(16));
    socket.uncork();
  }
};

const server = net.createServer(serve);
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${String((server.address() as net.AddressInfo).port)}\n`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
