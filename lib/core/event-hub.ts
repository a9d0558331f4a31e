import { EventEmitter } from 'eventemitter3';
import { guardListener } from './guard-listener.js';

type Listener = (event: unknown) => void;

/**
 * Where events are published. A listener that throws never disturbs the operation that published (INFO-5): the error
 * is reported through `process.emitWarning`. Ask `has` before building an event, so that nothing is allocated when
 * nobody listens.
 */
export class EventHub<TEvents extends object> {
  readonly #emitter = new EventEmitter();
  readonly #guarded = new WeakMap<object, Map<string, Listener>>();

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

  /** The same guard for the same listener of the same event, so that `off` finds it. */
  #guard(name: string, listener: Listener): Listener {
    let guards = this.#guarded.get(listener);
    if (guards === undefined) this.#guarded.set(listener, (guards = new Map()));
    let guarded = guards.get(name);
    if (guarded === undefined) guards.set(name, (guarded = guardListener(name, listener)));
    return guarded;
  }
}
