/*
 * Keys that were written before, with the bytes they are written as. Documents of one kind have the same keys in the same
 * order, so each entry remembers which one came after it: a right guess costs one comparison of references.
 */

export interface KeyEntry {
  readonly key: string;
  /** The key's UTF-8 and its terminating zero in groups of four bytes, little-endian, filled up with zeros. */
  readonly words: Int32Array;
  /** How many of those bytes count. */
  readonly size: number;
  /** The key that last followed this one in a document. */
  next: KeyEntry;
  /** The key that last came first in a document below this key. */
  first: KeyEntry;
}

const MAX_ENTRIES = 8192;
const LONGEST_KEY = 64;
/** Keys that are data themselves, such as ids, come once: only one in four unknown keys is worth an entry. */
const KEEP_ONE_OF = 4;

const makeEntry = (key: string, words: Int32Array, size: number): KeyEntry => {
  const entry = { key, words, size } as { -readonly [K in keyof KeyEntry]: KeyEntry[K] };
  entry.next = NO_ENTRY;
  entry.first = NO_ENTRY;
  return entry;
};

/** Stands for a key without an entry: no key equals this one, since no key may hold a null character. */
export const NO_ENTRY: KeyEntry = ((): KeyEntry => {
  const entry = { key: '\0', words: new Int32Array(0), size: 0 } as KeyEntry;
  entry.next = entry;
  entry.first = entry;
  return entry;
})();

const entries = new Map<string, KeyEntry>();
let unknown = 0;

/** The entry of a key, or `NO_ENTRY`. */
export const findEntry = (key: string): KeyEntry => entries.get(key) ?? NO_ENTRY;

/** Makes an entry for a key that has just been written, and so is known to be valid. */
export const offerEntry = (key: string): void => {
  if (++unknown % KEEP_ONE_OF !== 0 || key.length > LONGEST_KEY) return;
  if (entries.size === MAX_ENTRIES) entries.clear();
  const bytes = Buffer.from(`${key}\0`, 'utf8');
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  const padded = Buffer.alloc(words.length * 4);
  bytes.copy(padded);
  for (let index = 0; index < words.length; index++) words[index] = padded.readInt32LE(index * 4);
  entries.set(key, makeEntry(key, words, bytes.length));
};
