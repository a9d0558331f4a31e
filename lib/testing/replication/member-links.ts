import type { MemberState } from './member-state.js';

/** Which members reach each other: both processes run, and no partition lies between them. */
export class MemberLinks {
  readonly #changed: () => void;
  #sides: ReadonlyMap<MemberState, number> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Members reach only those of their own group; those in no group form one more. Ends the partition before. */
  partition(groups: readonly (readonly MemberState[])[]): void {
    this.#sides = new Map(groups.flatMap((group, side) => group.map((member) => [member, side] as const)));
    this.#changed();
  }

  heal(): void {
    this.#sides = undefined;
    this.#changed();
  }

  reach(a: MemberState, b: MemberState): boolean {
    if (!a.running || !b.running) return false;
    return a === b || (this.#sides?.get(a) ?? -1) === (this.#sides?.get(b) ?? -1);
  }
}
