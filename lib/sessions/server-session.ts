import { encodeDocument } from '../bson/encoder.js';
import { Binary } from '../bson/values.js';
import type { Runtime } from '../core/runtime.js';

/** The document that names a session to the server. */
export interface LogicalSessionId {
  readonly id: Binary;
}

/**
 * One session as the server knows it. It outlives the client sessions that borrow it (sessions specification, "Server
 * session pool").
 */
export interface ServerSession {
  readonly lsid: LogicalSessionId;
  /** The field `lsid` with its key, as each command carries it. */
  readonly lsidElement: Uint8Array;
  /** Monotonic milliseconds of the last command that carried the id. */
  lastUse: number;
  /** The number of the last retryable write or transaction. */
  txnNumber: bigint;
  /** A command of this session met a network error: it is not used again. */
  dirty: boolean;
}

/** A random version 4 UUID, as the server expects of session ids. */
const uuid = (runtime: Pick<Runtime, 'randomBytes'>): Binary => {
  const bytes = runtime.randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return new Binary(bytes, Binary.SUBTYPE_UUID);
};

export const createServerSession = (runtime: Pick<Runtime, 'now' | 'randomBytes'>): ServerSession => {
  const lsid = Object.freeze({ id: uuid(runtime) });
  return {
    lsid,
    // A document without its length and its final zero.
    lsidElement: encodeDocument({ lsid }).subarray(4, -1),
    lastUse: runtime.now(),
    txnNumber: 0n,
    dirty: false,
  };
};
