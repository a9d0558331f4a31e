import { EventEmitter } from 'eventemitter3';

/** One function per event name; the argument is the event. */
export type EventMap = Record<string, unknown>;

/**
 * Where events are published. A listener that throws never disturbs the operation that published (INFO-5): the error
 * is reported through `process.emitWarning`. Ask `has` before building an event, so that nothing is allocated when
 * nobody listens.
 */
export class EventHub<TEvents extends object> {
  readonly #emitter = new EventEmitter();

  has<K extends keyof TEvents & string>(name: K): boolean {
    return this.#emitter.listenerCount(name) > 0;
  }

  on<K extends keyof TEvents & string>(name: K, listener: (event: TEvents[K]) => void): void {
    this.#emitter.on(name, listener);
  }

  once<K extends keyof TEvents & string>(name: K, listener: (event: TEvents[K]) => void): void {
    this.#emitter.once(name, listener);
  }

  off<K extends keyof TEvents & string>(name: K, listener: (event: TEvents[K]) => void): void {
    this.#emitter.off(name, listener);
  }

  publish<K extends keyof TEvents & string>(name: K, event: TEvents[K]): void {
    if (this.#emitter.listenerCount(name) === 0) return;
    for (const listener of this.#emitter.listeners(name)) {
      try {
        (listener as (event: TEvents[K]) => void)(event);
      } catch (error) {
        process.emitWarning(
          `A listener of "${name}" threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          'AsyncMongoWarning',
        );
      }
    }
  }

  removeAll(): void {
    this.#emitter.removeAllListeners();
  }
}
