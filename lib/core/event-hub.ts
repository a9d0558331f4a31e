import { EventEmitter } from 'eventemitter3';

type Listener = (event: unknown) => void;

/**
 * Where events are published. A listener that throws never disturbs the operation that published (INFO-5): the error
 * is reported through `process.emitWarning`. Ask `has` before building an event, so that nothing is allocated when
 * nobody listens.
 */
export class EventHub<TEvents extends object> {
  readonly #emitter = new EventEmitter();
  readonly #guarded = new WeakMap<object, Listener>();

  has<K extends keyof TEvents & string>(name: K): boolean {
    return this.#emitter.listenerCount(name) > 0;
  }

  on<K extends keyof TEvents & string>(name: K, listener: (event: TEvents[K]) => void): void {
    this.#emitter.on(name, this.#guard(name, listener as Listener));
  }

  once<K extends keyof TEvents & string>(name: K, listener: (event: TEvents[K]) => void): void {
    this.#emitter.once(name, this.#guard(name, listener as Listener));
  }

  off<K extends keyof TEvents & string>(name: K, listener: (event: TEvents[K]) => void): void {
    this.#emitter.off(name, this.#guard(name, listener as Listener));
  }

  publish<K extends keyof TEvents & string>(name: K, event: TEvents[K]): void {
    this.#emitter.emit(name, event);
  }

  removeAll(): void {
    this.#emitter.removeAllListeners();
  }

  /** The same guard for the same listener, so that `off` finds it. */
  #guard(name: string, listener: Listener): Listener {
    let guarded = this.#guarded.get(listener);
    if (guarded === undefined) {
      guarded = (event) => {
        try {
          listener(event);
        } catch (error) {
          const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
          process.emitWarning(`A listener of "${name}" threw: ${text}`, 'AsyncMongoWarning');
        }
      };
      this.#guarded.set(listener, guarded);
    }
    return guarded;
  }
}
