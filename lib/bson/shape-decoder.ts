import type { DecodePlan } from './decode-plan.js';
import { ElementType, MAX_DEPTH } from './element-types.js';
import { asDbRef, documentEnd, fault, readString, readValue, skipKey, type Fields } from './plain-decoder.js';
import { defineField } from './document.js';
import { readKey } from './key-cache.js';
import { forEachElement, valueSize } from './raw-reader.js';
import {
  compileShape,
  MAX_WEIGHT,
  weightOf,
  type ShapeDecoder,
  type ShapeHelpers,
} from './shape-compiler.js';
import { COMPILE_AFTER, keysOf, makeDocument, population, Slot, type Node } from './shape-trie.js';
import { bufferOf, viewOf, type Source } from './source.js';
import { readDate, readInt64, readObjectId } from './value-readers.js';

/*
 * Decodes documents into plain objects along the shapes that documents had before, and has the prevailing shape of each
 * slot compiled. What neither can read, damaged documents included, the plain decoder reads.
 */

const MOST_TRUSTED = 64;
const MISMATCH_COST = 4;
const MAX_ROOT_SLOTS = 1024;
const MAX_NODES = 50_000;
const MAX_MAKES = 4000;
const MAX_COMPILED = 500;

export interface State extends Source {
  readonly plan: DecodePlan;
  /** Values of the documents being read, those of the innermost last. */
  readonly values: unknown[];
  top: number;
  depth: number;
  /** The slot of top-level documents; known after the first. */
  slot: Slot | undefined;
}

interface Shape {
  readonly decode: ShapeDecoder<State, Shape>;
  readonly slots: readonly Slot[];
  readonly keys: readonly Uint8Array[];
}

export const stateOf = (bytes: Uint8Array, plan: DecodePlan): State => ({
  bytes: bufferOf(bytes),
  view: viewOf(bytes),
  position: 0,
  window: '',
  windowStart: 0,
  windowEnd: 0,
  plan,
  values: [],
  top: 0,
  depth: 0,
  slot: undefined,
});

const MISMATCH = Object.freeze({});

const childOf = (node: Node, bytes: Buffer, keyStart: number): Node | undefined => {
  const { children } = node;
  for (let index = 0; index < children.length; index++) {
    const child = children[index] as Node;
    if (!hasKey(bytes, keyStart, child.keyBytes)) continue;
    if (index > 0) {
      children[index] = children[index - 1] as Node;
      children[index - 1] = child;
    }
    return child;
  }
  return undefined;
};

const hasKey = (bytes: Buffer, start: number, key: Uint8Array): boolean => {
  for (let index = 0; index < key.length; index++) if (bytes[start + index] !== key[index]) return false;
  return true;
};

/** Reads the elements up to the closing zero at `end` along the tree of their slot; sets the position behind it. */
const readAlongTree = (state: State, slot: Slot, start: number, end: number): object => {
  const { bytes, values } = state;
  const base = state.top;
  let node = slot.root;
  let position = start;
  while (position < end) {
    const next = childOf(node, bytes, position + 1) ?? slot.grow(state, node, position + 1, end);
    if (next === undefined) return leaveTree(state, slot, node, base, position, end);
    state.top = base + node.depth;
    values[state.top] = readAtSlot(
      state,
      next.slot,
      bytes[position] as number,
      position + 1 + next.keyBytes.length,
      end,
    );
    ({ position } = state);
    node = next;
  }
  if (position !== end) fault('an element reaches beyond the end of its document', position);
  state.top = base;
  node.count++;
  slot.stayed();
  const document = makeDocument(node, values, base);
  if (slot.compiled === undefined && node.count >= slot.compileAfter && node.count * 2 > slot.total) {
    compileLeaf(slot, node, bytes, start - 4);
  }
  state.position = end + 1;
  return document;
};

/** Goes on without the tree, where the document has a key that the tree does not take. */
const leaveTree = (
  state: State,
  slot: Slot,
  node: Node,
  base: number,
  start: number,
  end: number,
): object => {
  slot.strayed();
  const document: Fields = {};
  const keys = keysOf(node);
  for (let index = 0; index < keys.length; index++) {
    defineField(document, keys[index] as string, state.values[base + index]);
  }
  state.top = base;
  return readWithoutTree(state, slot, document, start, end);
};

const readWithoutTree = (state: State, slot: Slot, document: Fields, start: number, end: number): object => {
  let position = start;
  while (position < end) {
    const type = state.bytes[position] as number;
    const key = readKey(state, state.plan, position + 1, end);
    const isNested = type === ElementType.Document || type === ElementType.Array;
    const nested = isNested ? slot.fieldSlot(key) : undefined;
    const value =
      nested === undefined
        ? readValue(state, state.plan, type, state.position, end, state.depth)
        : readAtSlot(state, nested, type, state.position, end);
    ({ position } = state);
    defineField(document, key, value);
  }
  if (position !== end) fault('an element reaches beyond the end of its document', position);
  state.position = end + 1;
  return state.depth === 0 ? document : asDbRef(document);
};

const readDocumentAt = (state: State, slot: Slot, at: number, limit: number): object => {
  const end = documentEnd(state, at, limit);
  const shape = slot.compiled as Shape | undefined;
  if (shape !== undefined) {
    const document = shape.decode(state, shape, at + 4, end);
    if (document !== MISMATCH) {
      if (slot.score < MOST_TRUSTED) slot.score++;
      state.position = end + 1;
      return document;
    }
    slot.score -= MISMATCH_COST;
    if (slot.score < 0) {
      slot.compiled = undefined;
      slot.compileAfter *= 4;
      slot.recount();
    }
  }
  return slot.usesTree()
    ? readAlongTree(state, slot, at + 4, end)
    : readWithoutTree(state, slot, {}, at + 4, end);
};

const readArrayAt = (state: State, slot: Slot, at: number, limit: number): unknown[] => {
  const { bytes } = state;
  const end = documentEnd(state, at, limit);
  const items: unknown[] = [];
  let position = at + 4;
  while (position < end) {
    const type = bytes[position] as number;
    items.push(readAtSlot(state, slot.elements, type, skipKey(bytes, position + 1, end), end));
    ({ position } = state);
  }
  if (position !== end) fault('an element reaches beyond the end of its array', position);
  state.position = end + 1;
  return items;
};

/** Reads the value of an element and sets the position behind it. */
const readAtSlot = (state: State, slot: Slot, type: number, at: number, limit: number): unknown => {
  if (type === ElementType.String) return readString(state, state.plan, at, limit);
  if (type !== ElementType.Document && type !== ElementType.Array) {
    return readValue(state, state.plan, type, at, limit, state.depth);
  }
  if (++state.depth > MAX_DEPTH) fault(`nested deeper than ${String(MAX_DEPTH)} levels`, at);
  const value =
    type === ElementType.Document
      ? readDocumentAt(state, slot, at, limit)
      : readArrayAt(state, slot, at, limit);
  state.depth--;
  return value;
};

const helpers: ShapeHelpers<State, Shape> = {
  MISMATCH,
  string: (state, at, limit) => readString(state, state.plan, at, limit),
  objectId: readObjectId,
  int64: (state, at) => readInt64(state, state.plan, at),
  date: (state, at) => readDate(state, state.plan, at),
  nested: (state, shape, index, type, at, limit) =>
    readAtSlot(state, shape.slots[index] as Slot, type, at, limit),
  other: (state, shape, index, at, limit) => {
    const key = shape.keys[index] as Uint8Array;
    if (at >= limit || !hasKey(state.bytes, at + 1, key)) return MISMATCH;
    return readAtSlot(
      state,
      shape.slots[index] as Slot,
      state.bytes[at] as number,
      at + 1 + key.length,
      limit,
    );
  },
};

let compiledCount = 0;

const compileLeaf = (slot: Slot, leaf: Node, bytes: Buffer, at: number): void => {
  const path: Node[] = [];
  for (let node: Node | undefined = leaf; node?.parent !== undefined; node = node.parent) path.unshift(node);
  const types: number[] = [];
  forEachElement(bytes, at, (type) => {
    types.push(type);
  });
  slot.compileAfter = Infinity;
  const fields = path.map(({ key }, index) => ({ key, type: types[index] as number }));
  if (!mayCompile || compiledCount >= MAX_COMPILED || weightOf(fields) > MAX_WEIGHT) return;
  try {
    const decode = compileShape(fields, helpers);
    const shape: Shape = {
      decode,
      slots: path.map((node) => node.slot),
      keys: path.map((node) => node.keyBytes),
    };
    slot.compiled = shape;
    slot.score = COMPILE_AFTER;
    slot.compileAfter = COMPILE_AFTER;
    compiledCount++;
  } catch {
    // The process may not make code from text (`--disallow-code-generation-from-strings`).
    mayCompile = false;
  }
};

let mayCompile = true;
let rootSlots = new Map<number, Slot>();
/** The slot of the last document: the next one is most often of the same collection. */
let recentSlot = new Slot();

/** Collections differ in their first keys: top-level slots are told apart by them. */
const rootHash = ({ bytes }: Source, start: number, end: number): number => {
  let hash = 0;
  let at = start;
  try {
    for (let count = 0; count < 3 && at < end; count++) {
      const type = bytes[at++] as number;
      for (let byte = bytes[at++]; byte !== 0 && at <= end; byte = bytes[at++])
        hash = (hash * 31 + (byte as number)) | 0;
      hash = (hash * 31) | 0;
      at += valueSize(bytes, type, at, end);
    }
  } catch {
    // A value that cannot be stepped over is reported when it is read.
  }
  return hash;
};

const rootSlot = (source: Source, start: number, end: number): Slot => {
  const hash = rootHash(source, start, end);
  let slot = rootSlots.get(hash);
  if (slot === undefined) {
    if (rootSlots.size === MAX_ROOT_SLOTS || population.nodes > MAX_NODES || population.makes > MAX_MAKES)
      forgetAll();
    slot = new Slot();
    rootSlots.set(hash, slot);
  }
  return slot;
};

const forgetAll = (): void => {
  rootSlots = new Map();
  population.nodes = 0;
  population.makes = 0;
  compiledCount = 0;
};

/** Whether plain objects are made, of values that the options leave as they are stored. */
export const suitsShapes = (plan: DecodePlan): boolean =>
  plan.mapClass === undefined && plan.rawClass === undefined && plan.plainNumbers && !plan.transforms;

/** Reads a top-level document and sets the position behind it. */
export const readByShape = (state: State, at: number, limit: number): object => {
  const end = documentEnd(state, at, limit);
  state.depth = 0;
  state.top = 0;
  if (state.slot === undefined) {
    const shape = recentSlot.compiled as Shape | undefined;
    const document = shape?.decode(state, shape, at + 4, end) ?? MISMATCH;
    if (document !== MISMATCH) {
      state.slot = recentSlot;
      state.position = end + 1;
      return document;
    }
    state.top = 0;
    state.slot = recentSlot = rootSlot(state, at + 4, end);
  }
  return readDocumentAt(state, state.slot, at, limit);
};
