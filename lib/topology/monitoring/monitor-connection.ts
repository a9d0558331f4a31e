import type { Document } from '../../bson/document.js';
import { Long } from '../../bson/values.js';
import { acceptReply } from '../../connection/accept-reply.js';
import type { Connection } from '../../connection/connection.js';
import { serverApiFields } from '../../connection/server-api.js';
import type { Deadline } from '../../core/deadline.js';
import type { ServerApiObject } from '../../options/server-api.js';
import type { TopologyVersion } from '../description/topology-version.js';

/** Opens a connection for the monitor of a server; `id` is its number among those of that monitor. */
export type OpenMonitorConnection = (
  address: string,
  deadline: Deadline,
  id: number,
) => Promise<MonitorConnection>;

/**
 * A connection of its own on which one server is asked how it is; never authenticated, never pooled. Every question
 * rejects with a network error, the error of its deadline, or the server's refusal.
 */
export interface MonitorConnection {
  /** The reply to the handshake: the first check. Given once, not kept. */
  takeHello(): Document;
  /** Milliseconds the handshake took, without opening the stream; absent where that is not known. */
  readonly handshakeMS?: number | undefined;
  /** The server's number of this connection, where it tells one. */
  readonly serverConnectionId?: bigint | undefined;
  /** The server sends its next reply without being asked. */
  readonly moreToCome: boolean;
  /** Asks for an answer at once. */
  check(deadline: Deadline): Promise<Document>;
  /**
   * Asks for an answer as soon as the server is in another state than the known one, or after `maxAwaitTimeMS`; the
   * server may go on to answer in the same way (since server version 4.4).
   */
  watch(known: TopologyVersion, maxAwaitTimeMS: number, deadline: Deadline): Promise<Document>;
  /** Waits for the reply that is to come. */
  nextReply(deadline: Deadline): Promise<Document>;
  destroy(): void;
}

/** What monitors do with an open connection. */
export class OpenedMonitorConnection implements MonitorConnection {
  moreToCome = false;
  readonly #connection: Connection;
  readonly #serverApi: ServerApiObject | undefined;

  constructor(connection: Connection, serverApi: ServerApiObject | undefined) {
    this.#connection = connection;
    this.#serverApi = serverApi;
  }

  get handshakeMS(): number {
    return this.#connection.helloMS;
  }

  get serverConnectionId(): bigint | undefined {
    return this.#connection.description.serverConnectionId;
  }

  takeHello(): Document {
    return this.#connection.takeHello();
  }

  check(deadline: Deadline): Promise<Document> {
    return this.#receive(this.#connection.command(this.#command(undefined), { deadline }));
  }

  watch(known: TopologyVersion, maxAwaitTimeMS: number, deadline: Deadline): Promise<Document> {
    const topologyVersion = { processId: known.processId, counter: Long.fromBigInt(known.counter) };
    const fields = { topologyVersion, maxAwaitTimeMS: Long.fromNumber(maxAwaitTimeMS) };
    return this.#receive(this.#connection.command(this.#command(fields), { deadline, exhaust: true }));
  }

  nextReply(deadline: Deadline): Promise<Document> {
    return this.#receive(this.#connection.nextReply(deadline));
  }

  destroy(): void {
    this.#connection.destroy();
  }

  get #name(): string {
    return this.#connection.description.helloOk ? 'hello' : 'isMaster';
  }

  #command(fields: Document | undefined): Parameters<Connection['command']>[0] {
    const name = this.#name;
    const body = { [name]: 1, helloOk: true, ...fields, ...serverApiFields(this.#serverApi) };
    return { name, database: 'admin', body };
  }

  #receive(pending: ReturnType<Connection['nextReply']>): Promise<Document> {
    return pending.then((reply) => {
      this.moreToCome = reply.moreToCome;
      return acceptReply(reply, this.#connection.address, this.#name);
    });
  }
}
