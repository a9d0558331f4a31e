import { deferred } from '../../lib/core/deferred.js';
import { nodeRuntime } from '../../lib/core/node-runtime.js';
import type { Runtime, Transport } from '../../lib/core/runtime.js';

/** Node's runtime, on whose streams writing can come to a standstill. */
export interface StallingRuntime extends Runtime {
  /** From now on no stream takes what is written; resolves with the first such attempt. */
  stall(): Promise<void>;
  /** New writes go through again. */
  goOn(): void;
}

export const stallingRuntime = (): StallingRuntime => {
  let stalled: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  return {
    ...nodeRuntime,
    stall() {
      stalled = deferred<void>();
      return stalled.promise;
    },
    goOn() {
      stalled = undefined;
    },
    async connect(target) {
      const transport = await nodeRuntime.connect(target);
      // A monitor's stream does not hold the process, and is left alone.
      if (target.hold === false) return transport;
      const write: Transport['write'] = (bytes, onFlushed) => {
        if (stalled === undefined) return transport.write(bytes, onFlushed);
        stalled.resolve();
        return false;
      };
      return new Proxy(transport, {
        get: (of, name) => {
          if (name === 'write') return write;
          const value = Reflect.get(of, name, of) as unknown;
          return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(of) : value;
        },
      });
    },
  };
};
