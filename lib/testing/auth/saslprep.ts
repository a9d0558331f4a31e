/** Characters that RFC 3454 table B.1 maps to nothing. */
const NOTHING = /[\u00AD\u034F\u1806\u180B-\u180D\u200B-\u200D\u2060\uFE00-\uFE0F\uFEFF]/gu;

/** Spaces other than U+0020, RFC 3454 table C.1.2. */
const SPACES = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu;

/** Prepares a password for SCRAM-SHA-256 (RFC 4013 without its lists of prohibited characters: a server stores any). */
export const saslprep = (text: string): string =>
  text.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
