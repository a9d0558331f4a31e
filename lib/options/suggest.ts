/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
export const editDistance = (a: string, b: string): number => {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const differs = a[row - 1] === b[column - 1] ? 0 : 1;
      let least = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + differs,
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, at(beforePrevious, column - 2) + 1);
      }
      current.push(least);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
};

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity;

const SHORTEST_BEGINNING = 4;

/**
 * At most three names close to a mistyped one, the closest first: few edits away, or one the beginning of the other.
 * Letter case and separators do not count.
 */
export const closeNames = (typed: string, names: Iterable<string>): string[] => {
  const plain = plainForm(typed);
  const limit = Math.max(1, Math.floor(plain.length / 3));
  const distanceTo = (name: string): number => {
    const isBeginning =
      plain.length >= SHORTEST_BEGINNING && (name.startsWith(plain) || plain.startsWith(name));
    return Math.min(editDistance(plain, name), isBeginning ? limit : Infinity);
  };
  return [...names]
    .map((name) => ({ name, distance: distanceTo(plainForm(name)) }))
    .filter(({ distance }) => distance <= limit)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, 3)
    .map(({ name }) => name);
};

const plainForm = (name: string): string => name.toLowerCase().replace(/[_\-\s]/g, '');

/** `; did you mean "maxPoolSize"?` or nothing. */
export const didYouMean = (typed: string, names: Iterable<string>): string => {
  const close = closeNames(typed, names).map((name) => `"${name}"`);
  return close.length === 0 ? '' : ` (did you mean ${close.join(' or ')}?)`;
};
