import type { ClientObserver, ObservedEvent, ObservedLogMessage } from './driver.js';
import type { ClientDescription, Doc, EventFamily } from './format.js';

/** Commands that carry secrets; a hello is one of them only when its body was redacted. */
const SENSITIVE = new Set(
  [
    'authenticate',
    'saslStart',
    'saslContinue',
    'getnonce',
    'createUser',
    'updateUser',
    'copydbgetnonce',
    'copydbsaslstart',
    'copydb',
  ].map((name) => name.toLowerCase()),
);
const HELLO = new Set(['hello', 'ismaster']);

/** A client entity: its handle, and everything it published that its description asks for. */
export class ClientRecord {
  handle: unknown;
  readonly messages: ObservedLogMessage[] = [];
  connectionsCheckedOut = 0;
  readonly #events: ObservedEvent[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #description: ClientDescription;
  readonly #stored: readonly { readonly events: ReadonlySet<string>; readonly list: Doc[] }[];
  readonly #ready = new Map<string, number>();
  #listening = true;

  constructor(
    description: ClientDescription,
    stored: readonly { events: ReadonlySet<string>; list: Doc[] }[],
  ) {
    this.#description = description;
    this.#stored = stored;
  }

  get observer(): ClientObserver {
    return {
      logComponents: this.#description.observeLogMessages ?? {},
      onEvent: (event) => this.#observe(event),
      onLogMessage: (message) => {
        if (this.#listening) this.messages.push(message);
      },
    };
  }

  events(family: EventFamily): ObservedEvent[] {
    return this.#events.filter((event) => event.family === family);
  }

  get allEvents(): readonly ObservedEvent[] {
    return this.#events;
  }

  /** The most connections any one server's pool holds ready. */
  connectionsReady(): number {
    return Math.max(0, ...this.#ready.values());
  }

  /** Drops what was published while the client was being prepared. */
  forget(): void {
    this.#events.length = 0;
    this.messages.length = 0;
  }

  stopListening(): void {
    this.#listening = false;
  }

  /** Resolves when `condition` holds, looking again at every event or message. */
  async until(condition: () => boolean, timeoutMS: number, describe: () => string): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`after ${timeoutMS} ms: ${describe()}`));
      }, timeoutMS);
      const look = (): void => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }

  #observe(event: ObservedEvent): void {
    if (event.type === 'connectionCheckedOutEvent') this.connectionsCheckedOut++;
    if (event.type === 'connectionCheckedInEvent') this.connectionsCheckedOut--;
    if (event.type === 'connectionReadyEvent') this.#countReady(event, 1);
    if (event.type === 'connectionClosedEvent') this.#countReady(event, -1);
    for (const { events, list } of this.#stored) if (events.has(event.type)) list.push(storedEvent(event));
    if (this.#listening && this.#wants(event)) this.#events.push(event);
    for (const look of [...this.#watchers]) look();
  }

  #countReady({ fields }: ObservedEvent, change: number): void {
    const address = String(fields['address']);
    this.#ready.set(address, (this.#ready.get(address) ?? 0) + change);
  }

  #wants(event: ObservedEvent): boolean {
    const {
      observeEvents = [],
      ignoreCommandMonitoringEvents = [],
      observeSensitiveCommands = false,
    } = this.#description;
    if (!observeEvents.includes(event.type)) return false;
    if (event.family !== 'command') return true;
    const name = String(event.fields['commandName']);
    if (name === 'configureFailPoint' || ignoreCommandMonitoringEvents.includes(name)) return false;
    return observeSensitiveCommands || !isSensitive(name, event.fields);
  }
}

const isSensitive = (name: string, fields: Doc): boolean => {
  if (SENSITIVE.has(name.toLowerCase())) return true;
  if (!HELLO.has(name.toLowerCase())) return false;
  // A hello that carried credentials was emptied by the driver; nothing else tells it apart.
  const body = fields['command'] ?? fields['reply'];
  return typeof body === 'object' && body !== null && Object.keys(body).length === 0;
};

const storedEvent = (event: ObservedEvent): Doc => {
  const { command: _command, reply: _reply, ...fields } = event.fields;
  const name = event.type.charAt(0).toUpperCase() + event.type.slice(1);
  const plain = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? value.message : value]),
  );
  return { ...plain, name, observedAt: Date.now() / 1000 };
};
