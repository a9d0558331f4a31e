import { RawBSONDocument } from '../bson/raw-document.js';
import { findElement } from '../bson/raw-reader.js';
import type { Timestamp } from '../bson/values.js';

/**
 * A `$clusterTime` document as a server sent it, with the two halves of its timestamp beside it for comparison. The
 * bytes go back to servers untouched: the signature is theirs.
 */
export interface ClusterTime {
  readonly document: RawBSONDocument;
  readonly seconds: number;
  readonly increment: number;
}

const readTimestamp = (bytes: Uint8Array): { seconds: number; increment: number } | undefined => {
  const element = findElement(bytes, 0, 'clusterTime');
  if (element === undefined || element.type !== 0x11) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + element.valueOffset, 8);
  return { increment: view.getUint32(0, true), seconds: view.getUint32(4, true) };
};

/** Reads a `$clusterTime` document; `undefined` where it holds no timestamp. The bytes are kept, so they must not be lent. */
export const clusterTimeFrom = (bytes: Uint8Array): ClusterTime | undefined => {
  const timestamp = readTimestamp(bytes);
  return timestamp === undefined ? undefined : { document: new RawBSONDocument(bytes), ...timestamp };
};

const isLater = (
  a: { seconds: number; increment: number },
  b: { seconds: number; increment: number },
): boolean => a.seconds > b.seconds || (a.seconds === b.seconds && a.increment > b.increment);

/** The later of two, either of which may be missing (sessions specification, "Gossipping the cluster time"). */
export const laterClusterTime = (
  a: ClusterTime | undefined,
  b: ClusterTime | undefined,
): ClusterTime | undefined => {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return isLater(b, a) ? b : a;
};

/**
 * The greater of a known cluster time and the one in a reply. The reply's bytes are only copied when they are newer,
 * so that a stream of reads at one moment costs a comparison each.
 */
export const advanceClusterTime = (
  known: ClusterTime | undefined,
  lentBytes: Uint8Array | undefined,
): ClusterTime | undefined => {
  if (lentBytes === undefined) return known;
  const timestamp = readTimestamp(lentBytes);
  if (timestamp === undefined || (known !== undefined && !isLater(timestamp, known))) return known;
  return { document: new RawBSONDocument(lentBytes.slice()), ...timestamp };
};

/** The later of two operation times. */
export const laterOperationTime = (
  a: Timestamp | undefined,
  b: Timestamp | undefined,
): Timestamp | undefined => {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return a.compare(b) >= 0 ? a : b;
};
