import { beforeEach, describe, expect, it } from '@jest/globals';
import { Binary } from 'bson';
import { SessionRegistry } from '../../../lib/testing/sessions/session-registry.js';
import { nodeRuntime } from '../../../lib/core/node-runtime.js';

const lsid = (byte: number): Map<string, Binary> =>
  new Map([['id', new Binary(Buffer.alloc(16, byte), Binary.SUBTYPE_UUID)]]);

describe('SessionRegistry', () => {
  let registry: SessionRegistry;
  beforeEach(() => {
    registry = new SessionRegistry(nodeRuntime);
  });

  it('knows a session again, one for each user', () => {
    const session = registry.use(lsid(1));
    expect(registry.use(lsid(1))).toBe(session);
    expect(registry.use(lsid(2))).not.toBe(session);
    expect(registry.use(lsid(1), 'user@admin')).not.toBe(session);
    expect(registry.size).toBe(3);
  });

  it('forgets a session that ended, with its history', () => {
    const session = registry.use(lsid(1));
    session.retryableWrite(5n).record(0, 'done');
    expect(registry.end(lsid(1))).toBe(session.key);
    expect(registry.end(lsid(1))).toBeUndefined();
    expect(registry.use(lsid(1)).retryableWrite(5n).has(0)).toBe(false);
  });

  it('refuses what is no UUID', () => {
    expect(() => registry.use(new Map([['id', 'text']]))).toThrow(expect.objectContaining({ code: 207 }));
    expect(() => registry.use(new Map([['id', new Binary(Buffer.alloc(16))]]))).toThrow(
      expect.objectContaining({ code: 207 }),
    );
    expect(() => registry.use(new Map())).toThrow(expect.objectContaining({ code: 207 }));
  });

  it('remembers the statements of the latest retryable write only', () => {
    const session = registry.use(lsid(1));
    session.retryableWrite(1n).record(3, { n: 1 });
    expect(session.retryableWrite(1n).result(3)).toEqual({ n: 1 });
    expect(session.retryableWrite(2n).has(3)).toBe(false);
    expect(() => session.retryableWrite(1n)).toThrow(
      expect.objectContaining({ codeName: 'TransactionTooOld' }),
    );
  });
});
