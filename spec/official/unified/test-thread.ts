/** A "thread" of the format: operations given to it run one after another, beside the test's own. */
export class TestThread {
  #tail: Promise<void> = Promise.resolve();
  #error: unknown;
  #failed = false;

  schedule(run: () => Promise<void>): void {
    this.#tail = this.#tail.then(async () => {
      if (this.#failed) return;
      try {
        await run();
      } catch (error) {
        this.#failed = true;
        this.#error = error;
      }
    });
  }

  /** Waits for what was scheduled and raises the first error of it. */
  async finish(timeoutMS: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`the thread did not finish within ${timeoutMS} ms`)),
        timeoutMS,
      );
    });
    try {
      await Promise.race([this.#tail, late]);
    } finally {
      clearTimeout(timer);
    }
    if (this.#failed) throw this.#error;
  }
}
