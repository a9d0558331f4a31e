import type { RegExpValue } from './value.js';

import { CommandError } from '../command-error.js';

/** Drops what the option `x` of PCRE ignores: white space and comments outside of character classes. */
const withoutComments = (pattern: string): string => {
  let result = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i] ?? '';
    if (char === '\\') {
      result += char + (pattern[i + 1] ?? '');
      i += 1;
      continue;
    }
    if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    if (!inClass && char === '#') {
      const end = pattern.indexOf('\n', i);
      i = end < 0 ? pattern.length : end;
    } else if (inClass || !/\s/.test(char)) result += char;
  }
  return result;
};

/** Constructs of PCRE that JavaScript spells differently. */
const translate = (pattern: string): string =>
  pattern
    .replaceAll('(?P<', '(?<')
    .replaceAll('(?>', '(?:')
    .replace(
      /\\([AzZh])/g,
      (_all, letter: string) => ({ A: '^', z: '$', Z: '$', h: '[ \\t]' })[letter] ?? '',
    );

const cache = new Map<string, RegExp>();
const CACHED = 200;

/** The JavaScript form of a regular expression of a query. Options: i, m, s, x, u. */
export const toRegExp = (pattern: string, options: string): RegExp => {
  const key = `${options}/${pattern}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const inline = /^\(\?([imsx]+)\)/.exec(pattern);
  const all = options + (inline?.[1] ?? '');
  for (const option of options) {
    if (!'imsxu'.includes(option)) {
      throw new CommandError(51108, `invalid flag in regex options: ${option}`);
    }
  }
  let source = translate(inline === null ? pattern : pattern.slice(inline[0].length));
  if (all.includes('x')) source = withoutComments(source);
  const flags = ['i', 'm', 's'].filter((flag) => all.includes(flag)).join('');
  const regexp = compileRegExp(source, flags, pattern);
  if (cache.size >= CACHED) cache.clear();
  cache.set(key, regexp);
  return regexp;
};

const compileRegExp = (source: string, flags: string, pattern: string): RegExp => {
  // The Unicode mode matches whole code points as PCRE does, but refuses some escapes that PCRE takes.
  for (const mode of ['u', '']) {
    try {
      return new RegExp(source, flags + mode);
    } catch {
      continue;
    }
  }
  throw new CommandError(51091, `Regular expression is invalid: ${pattern}`);
};

export const regExpOf = (value: RegExpValue): RegExp => toRegExp(value.pattern, value.options);
