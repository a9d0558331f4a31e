import type { Document, ObjectId } from 'bson';
import type { Connection } from '../../lib/connection/connection.js';
import type { ConnectRequest } from '../../lib/pool/pool-options.js';
import { ConnectionFailure } from '../../lib/core/errors/connection.js';
import type { VirtualRuntime } from './virtual-runtime.js';
import { FakeConnection } from './fake-connection.js';

/** Opens fake connections after a delay of virtual time, and keeps count of what is open. */
export class FakeConnector {
  readonly #runtime: VirtualRuntime;
  readonly address: string;
  /** Milliseconds one connection takes; `Infinity` never ends. */
  delayMS = 1;
  /** Makes the next connections fail, where it returns an error. */
  failure: (request: ConnectRequest) => Error | undefined = () => undefined;
  serviceId: () => ObjectId | undefined = () => undefined;
  /** The reply to the handshake of the next connections. */
  hello: () => Document | undefined = () => undefined;
  /** Everything that was opened. */
  readonly connections: FakeConnection[] = [];
  pending = 0;

  constructor(runtime: VirtualRuntime, address: string) {
    this.#runtime = runtime;
    this.address = address;
  }

  get open(): number {
    return this.connections.filter((connection) => !connection.closed).length;
  }

  readonly connect = (request: ConnectRequest): Promise<Connection> =>
    new Promise((resolve, reject) => {
      const { signal } = request.deadline;
      this.pending++;
      const done = (): void => {
        this.pending--;
        timer?.clear();
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        done();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort);
      const finish = (): void => {
        done();
        const error = this.failure(request);
        const connection = new FakeConnection(this.address, request, this.serviceId(), this.hello());
        const authenticating = (error as { readonly phase?: unknown } | undefined)?.phase === 'auth';
        if (error === undefined || authenticating) request.onHello(connection.asConnection.description);
        if (error !== undefined) {
          reject(error);
          return;
        }
        this.connections.push(connection);
        resolve(connection.asConnection);
      };
      const timer = this.delayMS === Infinity ? undefined : this.#runtime.setTimer(this.delayMS, finish);
    });
}

export const refused = (address: string): ConnectionFailure =>
  new ConnectionFailure(`connect ECONNREFUSED ${address}`, { address, phase: 'tcp', bytesSent: 'none' });
