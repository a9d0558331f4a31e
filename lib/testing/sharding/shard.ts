/** One shard of a cluster, as its routers see it. */
export class Shard {
  readonly name: string;
  readonly #onChange = new Set<() => void>();
  #up = true;

  constructor(name: string) {
    this.name = name;
  }

  /** Whether routers reach it. */
  get up(): boolean {
    return this.#up;
  }

  set up(up: boolean) {
    this.#up = up;
    for (const wake of [...this.#onChange]) wake();
  }

  /** Calls `wake` when it comes or goes, until the returned function is called. */
  onChange(wake: () => void): () => void {
    this.#onChange.add(wake);
    return () => {
      this.#onChange.delete(wake);
    };
  }
}
