import { BSON, type Document } from 'bson';
import { encodeReply } from '../support/scripted-server-message.js';
import type { ScriptedRequest } from '../support/scripted-server.js';

/** Elements of a document, put together by hand: nothing of the driver has a part in it. */
const element = (type: number, key: string, ...value: readonly Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.from([type]), Buffer.from(`${key}\0`), ...value]);

const framed = (...elements: readonly Uint8Array[]): Buffer => {
  const bytes = Buffer.concat([Buffer.alloc(4), ...elements, Buffer.from([0])]);
  bytes.writeInt32LE(bytes.length, 0);
  return bytes;
};

const text = (value: string): Buffer => {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(value), Buffer.from([0])]);
  bytes.writeInt32LE(bytes.length - 4, 0);
  return bytes;
};

const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
};

const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
};

/** A document with elements of given type and bytes. */
export const rawDocument = (...elements: readonly (readonly [number, string, Uint8Array])[]): Buffer =>
  framed(...elements.map(([type, key, value]) => element(type, key, value)));

export const raw = { text, double, int64 };

/** A `find` reply whose batch holds exactly these bytes. */
export const replyWithDocuments = (
  request: ScriptedRequest,
  documents: readonly Uint8Array[],
  { id = 0n, batch = 'firstBatch' } = {},
): Buffer => {
  const list = framed(...documents.map((document, index) => element(3, String(index), document)));
  const cursor = framed(
    element(0x12, 'id', int64(id)),
    element(2, 'ns', text('d.c')),
    element(4, batch, list),
  );
  const documentBytes = framed(element(3, 'cursor', cursor), element(1, 'ok', double(1)));
  return encodeReply(request, {}, { documentBytes });
};

/** The bytes of the documents in a request's section of kind 1. */
export const documentsSent = ({ bytes }: ScriptedRequest): Buffer[] => {
  for (let at = 20; at < bytes.length;) {
    const size = bytes.readInt32LE(at + 1);
    if (bytes[at] === 0) {
      at += 1 + size;
      continue;
    }
    const end = at + 1 + size;
    const documents: Buffer[] = [];
    for (let from = bytes.indexOf(0, at + 5) + 1; from < end; from += bytes.readInt32LE(from)) {
      documents.push(bytes.subarray(from, from + bytes.readInt32LE(from)));
    }
    return documents;
  }
  return [];
};

/** Top-level keys in the order of the bytes, integer-like ones included. */
export const keysInOrder = (document: Uint8Array): string[] =>
  [...(BSON.onDemand.parseToElements(document) as Iterable<readonly number[]>)].map(
    ([, nameOffset = 0, nameLength = 0]) =>
      Buffer.from(document).toString('utf8', nameOffset, nameOffset + nameLength),
  );

export const bytesOf = (document: Document): Buffer => Buffer.from(BSON.serialize(document));
