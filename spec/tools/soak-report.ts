/** What a soak measured and whether it kept what is promised; prints as it comes. */
export class SoakReport {
  #broken = 0;

  /** Whether every promise held so far. */
  get kept(): boolean {
    return this.#broken === 0;
  }

  /** A line about what is going on or what was measured. */
  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** A promise with the figure that decides it. */
  promise(text: string, holds: boolean, figure: string): void {
    if (!holds) this.#broken += 1;
    this.say(`${holds ? 'kept  ' : 'BROKEN'}  ${text}: ${figure}`);
  }
}

/** A long run that shows what a fault or a load does: the export `soak` of a file in spec/soak. */
export interface Soak {
  /** One line for the list. */
  readonly what: string;
  /** `args` are the words behind the name on the command line. */
  run(report: SoakReport, args: readonly string[]): Promise<void>;
}
