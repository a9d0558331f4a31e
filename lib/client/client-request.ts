import { inspect } from 'node:util';
import { NOT_CLONEABLE } from '../core/not-cloneable.js';
import type { RequestLevel } from '../execute/requests.js';

/**
 * A request that was started by hand; ended by hand or by its scope.
 *
 * ```ts
 * using request = client.startRequest();
 * await views.updateOne({ page }, { $inc: { n: 1 } }, { upsert: true, writeConcern: { w: 0 } });
 * const view = await views.findOne({ page }); // sees the update
 * ```
 */
export class ClientRequest implements Disposable, AsyncDisposable {
  /** @internal A symbol makes `structuredClone` fail, instead of giving an empty object. */
  readonly notCloneable = NOT_CLONEABLE;
  readonly #level: RequestLevel;

  /** @internal */
  constructor(level: RequestLevel) {
    this.#level = level;
  }

  /** Ends the request; its connections go back as soon as what was called has ended. May be called again. */
  end(): void {
    this.#level.end();
  }

  [Symbol.dispose](): void {
    this.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  [inspect.custom](): string {
    return 'ClientRequest';
  }
}
