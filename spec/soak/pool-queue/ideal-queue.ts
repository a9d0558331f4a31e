/** When somebody asked for a place, and for how long the place was kept then. */
export interface Visit {
  readonly askedAt: number;
  readonly keptFor: number;
}

/** How long each would have waited in a queue without any cost of its own: first come, first served. */
export const idealWaits = (visits: readonly Visit[], places: number): number[] => {
  const freeAt = new Array<number>(places).fill(-Infinity);
  return visits.map(({ askedAt, keptFor }) => {
    const place = freeAt.indexOf(Math.min(...freeAt));
    const begin = Math.max(askedAt, freeAt[place] as number);
    freeAt[place] = begin + keptFor;
    return begin - askedAt;
  });
};

export const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;
