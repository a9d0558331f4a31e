import type { TagSet } from './read-preference.js';
import type { Reading, ValueKind } from './value-kinds.js';

const EXPECTED = 'tags as "name:value,name:value", an object of them, or a list of these';

/** One tag set from `dc:ny,rack:1`; `undefined` where a pair has no colon. */
const tagSetFromText = (text: string): TagSet | undefined => {
  const tags: Record<string, string> = {};
  if (text === '') return tags;
  for (const pair of text.split(',')) {
    const colon = pair.indexOf(':');
    if (colon < 1) return undefined;
    tags[pair.slice(0, colon).trim()] = pair.slice(colon + 1).trim();
  }
  return tags;
};

const isTagSet = (value: unknown): value is TagSet =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((tag) => typeof tag === 'string');

const checkTagSets = (value: unknown): Reading => {
  const sets: TagSet[] = [];
  for (const entry of Array.isArray(value) ? (value as unknown[]) : [value]) {
    const set = typeof entry === 'string' ? tagSetFromText(entry) : isTagSet(entry) ? entry : undefined;
    if (set === undefined) return { wrong: typeof entry === 'string' ? 'value' : 'type', expected: EXPECTED };
    sets.push(set);
  }
  return { value: sets };
};

/** `readPreferenceTags`: an ordered list of tag sets (SEL-3). */
export const tagSets: ValueKind = {
  expected: EXPECTED,
  type: 'string | TagSet | readonly (string | TagSet)[]',
  check: checkTagSets,
  fromText: (text) => text,
};
