/** How many check-outs the quantiles look back on. */
const WINDOW = 1024;

/**
 * How long the latest 1,024 check-outs waited, for the quantiles of `client.stats()`. A check-out that did not wait costs
 * one addition and no memory: only waits are kept, each with the number of its check-out.
 */
export class WaitTimes {
  #checkOuts = 0;
  readonly #numbers: number[] = [];
  readonly #waits: number[] = [];
  #next = 0;

  /** A check-out was served at once. */
  skip(): void {
    this.#checkOuts++;
  }

  /** A check-out was served after a wait. */
  add(ms: number): void {
    this.#numbers[this.#next] = ++this.#checkOuts;
    this.#waits[this.#next] = ms;
    this.#next = (this.#next + 1) % WINDOW;
  }

  /** The smallest waits in milliseconds that at least these shares of the check-outs did not exceed. */
  quantiles<const T extends readonly number[]>(shares: T): { readonly [K in keyof T]: number } {
    const first = this.#checkOuts - WINDOW;
    const waits = this.#waits.filter((_, index) => (this.#numbers[index] as number) > first);
    waits.sort((a, b) => a - b);
    const all = Math.min(this.#checkOuts, WINDOW);
    const atOnce = all - waits.length;
    return shares.map((share) => waits[Math.ceil(all * share) - 1 - atOnce] ?? 0) as {
      readonly [K in keyof T]: number;
    };
  }
}
