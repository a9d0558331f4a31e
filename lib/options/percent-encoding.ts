import { InvalidURI } from '../core/errors/usage.js';

/** Decodes a part of a connection string once. `part` names it in the message, which never quotes its content. */
export const percentDecode = (text: string, part: string): string => {
  if (!text.includes('%')) return text;
  if (/%(?![0-9a-f]{2})/i.test(text)) {
    throw new InvalidURI(
      `${part} contains a "%" that does not begin an escape of two hexadecimal digits: write "%" as "%25" (encodeURIComponent does that)`,
    );
  }
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new InvalidURI(
      `${part} has percent escapes that are not UTF-8: encodeURIComponent writes the right ones`,
      {
        cause,
      },
    );
  }
};

/** The message for a reserved character that stands where it is read as something else. */
export const unescaped = (part: string, character: string): InvalidURI =>
  new InvalidURI(
    `${part} contains an unescaped "${character}": write it as "${encodeURIComponent(character)}" (encodeURIComponent does that)`,
  );
