import type { Connection } from '../connection/connection.js';
import type { PooledConnection } from './pooled-connection.js';

/** Connections that may have died unnoticed: none is lent before it has answered. */
export class Suspects {
  /** Made when there is one. */
  #connections: Set<PooledConnection> | undefined;
  readonly #isAlive: (connection: Connection) => Promise<boolean>;

  /** `isAlive` is bounded and never rejects. */
  constructor(isAlive: (connection: Connection) => Promise<boolean>) {
    this.#isAlive = isAlive;
  }

  get size(): number {
    return this.#connections?.size ?? 0;
  }

  /** Resolves to whether the connection can be used. */
  async examine(pooled: PooledConnection): Promise<boolean> {
    const connections = (this.#connections ??= new Set());
    connections.add(pooled);
    const alive = await this.#isAlive(pooled.connection);
    connections.delete(pooled);
    return alive && !pooled.connection.closed;
  }

  /** None of them will be used. */
  destroy(): void {
    for (const { connection } of this.#connections ?? []) connection.destroy();
  }
}
