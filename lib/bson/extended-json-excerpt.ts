import { types } from 'node:util';
import { stringifyExtendedJson } from './extended-json.js';
import { hasToBSON, nameOf } from './field-writer.js';

/** Appends text until there is enough of it. */
class Excerpt {
  text = '';
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.text.length > this.#limit;
  }

  /** No more of a text is escaped than can be shown. */
  quote(text: string): void {
    this.text += JSON.stringify(text.length > this.#limit ? text.slice(0, this.#limit + 1) : text);
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.quote(value);
        return;
      case 'boolean':
        this.text += String(value);
        return;
      case 'number':
        this.text += (value | 0) === value && !Object.is(value, -0) ? String(value) : whole(value);
        return;
      case 'object':
        if (value === null) this.text += 'null';
        else if (Array.isArray(value)) this.#array(value);
        else if (types.isMap(value)) this.#document(value.entries());
        else if (isPlain(value)) this.#document(Object.entries(value));
        else this.text += whole(value);
        return;
      default:
        this.text += value === undefined ? 'null' : whole(value);
    }
  }

  #array(items: readonly unknown[]): void {
    this.text += '[';
    for (let index = 0; index < items.length && !this.full; index++) {
      if (index > 0) this.text += ',';
      this.value(items[index]);
    }
    this.text += ']';
  }

  #document(fields: Iterable<readonly [unknown, unknown]>): void {
    this.text += '{';
    let first = true;
    for (const [key, value] of fields) {
      if (this.full) break;
      if (value === undefined) continue;
      if (!first) this.text += ',';
      first = false;
      this.quote(String(key));
      this.text += ':';
      this.value(value);
    }
    this.text += '}';
  }
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !hasToBSON(value);
};

/** A value of BSON's own; one that only a codec of the caller's knows is named by its class. */
const whole = (value: unknown): string => {
  try {
    return stringifyExtendedJson(value);
  } catch {
    return JSON.stringify(`<${nameOf(value as object)}>`);
  }
};

/**
 * A document as relaxed extended JSON, for people to read: cut after `maxLength` UTF-16 code units, never within a
 * code point, and marked with `...` then. The effort is bound to what is shown, not to what there is.
 */
export const excerptExtendedJson = (document: unknown, maxLength: number): string => {
  const excerpt = new Excerpt(maxLength);
  excerpt.value(document);
  const { text } = excerpt;
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  const withinPair = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, withinPair ? maxLength - 1 : maxLength)}...`;
};
