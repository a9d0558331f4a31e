/** What happened, in order: the same seed gives the same text, byte for byte. */
export class EventLog {
  readonly #lines: string[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  note(line: string): void {
    this.#lines.push(`${String(this.#now())} ${line}`);
  }

  get text(): string {
    return this.#lines.join('\n');
  }
}
