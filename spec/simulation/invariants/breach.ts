/** What is broken. The minimiser keeps a smaller schedule only where the same invariant breaks. */
export type Invariant =
  | 'pool cap'
  | 'pool order'
  | 'one request per connection'
  | 'own documents only'
  | 'settled within the deadline'
  | 'errors of its own'
  | 'nothing lost'
  | 'applied at most once'
  | 'description converges'
  | 'nothing left open'
  | 'money is conserved'
  | 'requests see their writes'
  | 'one startTransaction'
  | 'every change once and in order'
  | 'nothing unhandled';

export class Breach extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(`${invariant}: ${message}`);
    this.name = 'Breach';
    this.invariant = invariant;
  }
}

/** Keeps the first breach: listeners and transports, where breaches are noticed, are no place to throw. */
export class Judge {
  #breach: Breach | undefined;

  get breach(): Breach | undefined {
    return this.#breach;
  }

  complain(invariant: Invariant, message: string): void {
    this.#breach ??= new Breach(invariant, message);
  }

  /** Throws what was noticed. */
  readonly rule = (): void => {
    if (this.#breach !== undefined) throw this.#breach;
  };
}
