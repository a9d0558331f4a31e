import { inspect } from 'node:util';
import { InvalidBSON } from '../core/errors/bson.js';
import { DEFAULT_PLAN } from './decode-plan.js';
import { ElementType } from './element-types.js';
import { readValue } from './plain-decoder.js';
import { findElement, valueSize } from './raw-reader.js';
import { sourceOf } from './source.js';

/** The byte after a value, or `undefined` where its length cannot be right. */
const endOf = (bytes: Buffer, type: number, at: number): number | undefined => {
  try {
    return at + valueSize(bytes, type, at, bytes.length);
  } catch {
    return undefined;
  }
};

/**
 * Keys from the document down to the element that an offset lies in. The decoder has walked everything before the
 * offset, so that only the element at fault can be impossible to step over.
 */
const keysTo = (bytes: Buffer, documentOffset: number, faultOffset: number): string[] => {
  let at = documentOffset + 4;
  while (at <= faultOffset && at < bytes.length && bytes[at] !== 0) {
    const type = bytes[at] as number;
    const keyEnd = bytes.indexOf(0, at + 1);
    if (keyEnd < 0) return [];
    const value = keyEnd + 1;
    const end = endOf(bytes, type, value);
    if (end === undefined || faultOffset < Math.max(end, value + 1)) {
      const key = bytes.toString('utf8', at + 1, keyEnd);
      const nested = type === ElementType.Document || type === ElementType.Array;
      return nested && faultOffset > value ? [key, ...keysTo(bytes, value, faultOffset)] : [key];
    }
    at = end;
  }
  return [];
};

const idOf = (bytes: Buffer, documentOffset: number): unknown => {
  try {
    const element = findElement(bytes, documentOffset, '_id');
    if (element === undefined) return undefined;
    return readValue(sourceOf(bytes), DEFAULT_PLAN, element.type, element.valueOffset, bytes.length, 0);
  } catch {
    return undefined;
  }
};

/** The same error with the path of the value at fault, its offset within the document, and the document's `_id`. */
export const locateFault = (error: InvalidBSON, bytes: Buffer, documentOffset: number): InvalidBSON => {
  const at = error.offset ?? documentOffset;
  const path = keysTo(bytes, documentOffset, at).join('.');
  const documentId = idOf(bytes, documentOffset);
  const offset = at - documentOffset;
  const where = [
    ...(path === '' ? [] : [`field "${path}"`]),
    `byte ${String(offset)}`,
    ...(documentId === undefined
      ? []
      : [`document _id ${inspect(documentId, { depth: 1, breakLength: Infinity })}`]),
  ].join(', ');
  return new InvalidBSON(`${error.message} (${where})`, {
    offset,
    ...(path !== '' && { path }),
    ...(documentId !== undefined && { documentId }),
    ...(error.cause !== undefined && { cause: error.cause }),
  });
};
