import { describe, expect, it } from '@jest/globals';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import { ServerSessionPool } from '../../lib/sessions/server-session-pool.js';
import { SessionState } from '../../lib/sessions/session-state.js';

const MINUTE = 60_000;

const createPool = (timeoutMinutes: number | null = 30) => {
  const clock = { now: 0 };
  const runtime = { ...nodeRuntime, now: () => clock.now };
  return { pool: new ServerSessionPool(runtime, () => timeoutMinutes), clock };
};

describe('ServerSessionPool', () => {
  it('makes sessions with distinct version 4 UUIDs', () => {
    const { pool } = createPool();
    const [a, b] = [pool.acquire(), pool.acquire()];
    expect(a.lsid.id.toUUID().toString()).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
    expect(a.lsid.id.toUUID().equals(b.lsid.id.toUUID())).toBe(false);
  });

  it('hands out the latest one that came back', () => {
    const { pool } = createPool();
    const [a, b] = [pool.acquire(), pool.acquire()];
    pool.release(a);
    pool.release(b);
    expect(pool.acquire()).toBe(b);
    expect(pool.acquire()).toBe(a);
  });

  it('does not hand out a session within a minute of its expiry', () => {
    const { pool, clock } = createPool();
    const session = pool.acquire();
    pool.release(session);
    clock.now = 29 * MINUTE;
    expect(pool.acquire()).toBe(session);
    pool.release(session);
    clock.now = 29 * MINUTE + 1;
    expect(pool.acquire()).not.toBe(session);
  });

  it('forgets expired sessions when another comes back', () => {
    const { pool, clock } = createPool();
    const [old, fresh] = [pool.acquire(), pool.acquire()];
    pool.release(old);
    clock.now = 31 * MINUTE;
    fresh.lastUse = clock.now;
    pool.release(fresh);
    expect(pool.size).toBe(1);
  });

  it('forgets a session that met a network error', () => {
    const { pool } = createPool();
    const session = pool.acquire();
    session.dirty = true;
    pool.release(session);
    expect(pool.size).toBe(0);
  });

  it('lets no session expire where there is no timeout, as behind a load balancer', () => {
    const { pool, clock } = createPool(null);
    const session = pool.acquire();
    pool.release(session);
    clock.now = 1000 * MINUTE;
    expect(pool.acquire()).toBe(session);
  });

  it('gives all its ids for endSessions, once', () => {
    const { pool } = createPool();
    const session = pool.acquire();
    pool.release(session);
    expect(pool.drain()).toEqual([session.lsid]);
    expect(pool.drain()).toEqual([]);
  });
});

describe('SessionState', () => {
  const create = () => {
    const { pool } = createPool();
    const state = new SessionState({
      owner: {},
      pool,
      explicit: true,
      causalConsistency: true,
      snapshot: false,
    });
    return { pool, state };
  };

  it('borrows a server session at the first use, and gives it back once', () => {
    const { pool, state } = create();
    const session = state.serverSession;
    expect(state.serverSession).toBe(session);
    state.end();
    state.end();
    expect(pool.size).toBe(1);
    expect(pool.acquire()).toBe(session);
  });

  it('gives nothing back when it was never used', () => {
    const { pool, state } = create();
    state.end();
    expect(pool.size).toBe(0);
  });

  it('[SESS-8] cannot be used after its end', () => {
    const { state } = create();
    state.end();
    expect(() => state.serverSession).toThrow(/ended/);
  });
});
