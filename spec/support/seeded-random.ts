/** Chance that replays from its seed (xorshift32). */
export interface SeededRandom {
  /** An integer from 0 up to, and without, `below`. */
  integer(below: number): number;
  pick<T>(items: readonly T[]): T;
}

export const seededRandom = (seed: number): SeededRandom => {
  let state = (seed ^ 0x9e3779b9) | 0 || 1;
  const integer = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  return { integer, pick: (items) => items[integer(items.length)]! };
};
