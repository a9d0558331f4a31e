import { describe, expect, it } from '@jest/globals';
import { RequestWriter } from '../../lib/connection/request-writer.js';
import type { Transport } from '../../lib/core/runtime.js';

interface Sent {
  readonly bytes: Uint8Array;
  readonly flushed: () => void;
}

/** A connection's writer whose stream takes a request when the test says so. */
const writerOnStream = () => {
  const sent: Sent[] = [];
  const write: Transport['write'] = (bytes, onFlushed) => {
    sent.push({ bytes, flushed: () => onFlushed?.(null) });
    return true;
  };
  const writer: RequestWriter = new RequestWriter({ write } as Transport, (error) => {
    if (error == null) writer.flushed();
  });
  const send = (requestId: number, text: string): Sent => {
    writer.encodeLegacyHello(requestId, { text });
    writer.send();
    return sent.at(-1) as Sent;
  };
  return { writer, send };
};

describe('RequestWriter', () => {
  it('leaves a buffer alone until the system has taken the request in it', () => {
    const slow = writerOnStream();
    const other = writerOnStream();
    const first = slow.send(1, 'the first request');
    const expected = Buffer.from(first.bytes);
    other.send(2, 'of another connection').flushed();
    // Answered before it was flushed: the connection goes on.
    const second = slow.send(3, 'the second request');
    other.send(4, 'of another connection').flushed();
    expect(Buffer.compare(first.bytes, expected)).toBe(0);
    expect(slow.writer.isFlushed).toBe(false);
    const expectedSecond = Buffer.from(second.bytes);
    first.flushed();
    other.send(5, 'of another connection');
    expect(Buffer.compare(second.bytes, expectedSecond)).toBe(0);
    second.flushed();
    expect(slow.writer.isFlushed).toBe(true);
  });

  it('lends the same memory to whichever connection sends next', () => {
    const one = writerOnStream();
    const another = writerOnStream();
    const first = one.send(1, 'hello');
    first.flushed();
    const second = another.send(2, 'hello');
    expect(second.bytes.buffer).toBe(first.bytes.buffer);
    second.flushed();
  });

  it('uses a buffer again after a command that could not be encoded', () => {
    const { writer, send } = writerOnStream();
    expect(() => writer.encodeLegacyHello(1, { text: () => undefined })).toThrow();
    const { bytes } = send(2, 'hello');
    expect(Buffer.from(bytes).readInt32LE(0)).toBe(bytes.length);
    expect(Buffer.from(bytes).readInt32LE(4)).toBe(2);
  });
});
