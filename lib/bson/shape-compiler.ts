import { ElementType, FIXED_SIZES } from './element-types.js';
import { propertyName } from './shape-trie.js';

/*
 * Makes a decoder for documents of one shape: these keys in this order. Keys are compared as the bytes they are, and
 * the document is made by one object literal, so that V8 gives it its final layout at once.
 */

/** One field of a shape: its key, and the type it had when the shape was compiled. Other types are read too. */
export interface ShapeField {
  readonly type: number;
  readonly key: string;
}

/** What compiled code calls for values that take more than a line. Each sets the state's position behind what it read. */
export interface ShapeHelpers<State, Shape> {
  /** Returned instead of a document that does not have the shape. */
  readonly MISMATCH: object;
  string(state: State, at: number, limit: number): string;
  objectId(state: State, at: number): unknown;
  int64(state: State, at: number): unknown;
  date(state: State, at: number): unknown;
  /** A document or array in the field at an index. */
  nested(state: State, shape: Shape, index: number, type: number, at: number, limit: number): unknown;
  /** The value of the element at a position, of any type, where its key is that of the field at an index; else `MISMATCH`. */
  other(state: State, shape: Shape, index: number, at: number, limit: number): unknown;
}

/** Decodes the elements from `at` up to the closing zero at `end`, or returns `MISMATCH`. */
export type ShapeDecoder<State, Shape> = (state: State, shape: Shape, at: number, end: number) => object;

/** Bytecode that V8 still optimizes is limited to 60 KB; measured, a field takes 150 bytes and a comparison 50. */
export const MAX_WEIGHT = 50_000;

export const weightOf = (fields: readonly ShapeField[]): number =>
  fields.reduce((weight, { key }) => weight + 150 + 50 * Math.ceil((Buffer.byteLength(key) + 2) / 4), 0);

/** Tests that the bytes at `p` are these, four at a time; the last four may overlap those before. */
const compare = (bytes: Buffer): string => {
  const tests: string[] = [];
  const place = (at: number): string => (at === 0 ? 'p' : `p + ${String(at)}`);
  const testFour = (at: number): unknown =>
    tests.push(`d.getInt32(${place(at)}, true) === ${String(bytes.readInt32LE(at))}`);
  const { length } = bytes;
  for (let at = 0; at + 4 <= length; at += 4) testFour(at);
  if (length < 4) for (let at = 0; at < length; at++) tests.push(`b[${place(at)}] === ${String(bytes[at])}`);
  else if (length % 4 !== 0) testFour(length - 4);
  return tests.join(' && ');
};

/** Reads the value at `p` into a variable and moves `p` behind it. */
const readInline = (type: number, variable: string, index: number): string | undefined => {
  switch (type) {
    case ElementType.Double:
      return `${variable} = d.getFloat64(p, true); p += 8;`;
    case ElementType.String:
      return `${variable} = string(s, p, e); p = s.position;`;
    case ElementType.Document:
    case ElementType.Array:
      return `${variable} = nested(s, t, ${String(index)}, ${String(type)}, p, e); p = s.position;`;
    case ElementType.ObjectId:
      return `${variable} = objectId(s, p); p += 12;`;
    case ElementType.Boolean:
      return `n = b[p]; if (n > 1) return m; ${variable} = n === 1; p += 1;`;
    case ElementType.Date:
      return `${variable} = date(s, p); p += 8;`;
    case ElementType.Null:
      return `${variable} = null;`;
    case ElementType.Int32:
      return `${variable} = d.getInt32(p, true); p += 4;`;
    case ElementType.Int64:
      return `${variable} = int64(s, p); p += 8;`;
    default:
      return undefined;
  }
};

const readField = ({ type, key }: ShapeField, index: number): string => {
  const header = Buffer.concat([Buffer.of(type), Buffer.from(`${key}\0`, 'utf8')]);
  const variable = `v${String(index)}`;
  const inline = readInline(type, variable, index);
  const other = `if ((${variable} = other(s, t, ${String(index)}, p, e)) === m) return m; p = s.position;`;
  if (inline === undefined) return other;
  // Nothing is read beyond the end, whatever stands there: where the element does not fit, `other` finds out why.
  const size = header.length + (FIXED_SIZES[type] ?? 0);
  return `if (p + ${String(size)} <= e && ${compare(header)}) { p += ${String(header.length)}; ${inline} } else { ${other} }`;
};

/** Throws an `EvalError` where the process may not make code from text. */
export const compileShape = <State, Shape>(
  fields: readonly ShapeField[],
  helpers: ShapeHelpers<State, Shape>,
): ShapeDecoder<State, Shape> => {
  const source = `const { MISMATCH: m, string, objectId, int64, date, nested, other } = h;
  return (s, t, p, e) => {
    const d = s.view, b = s.bytes;
    let n = 0${fields.map((_, index) => `, v${String(index)}`).join('')};
    ${fields.map(readField).join('\n')}
    return p === e ? { ${fields.map(({ key }, index) => `${propertyName(key)}: v${String(index)}`).join(', ')} } : m;
  };`;
  return (new Function('h', source) as (helpers: ShapeHelpers<State, Shape>) => ShapeDecoder<State, Shape>)(
    helpers,
  );
};
