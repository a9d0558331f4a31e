import { defineField } from './document.js';
import type { Source } from './source.js';
import { decodeUtf8 } from './utf8.js';

/*
 * The shapes that documents have had, as a tree of keys: a path from the root is the keys of a document in their order.
 * Following it costs a comparison of bytes for each field and no text; at its end stands a function that makes the
 * whole document at once, so that V8 gives it its final layout instead of growing it field by field.
 */

/** A path is made a function when it has been walked this often. */
const MAKE_AFTER = 4;
/** A shape is compiled when so many documents had it, and it prevails. */
export const COMPILE_AFTER = 16;
const MAX_CHILDREN = 8;
const MAX_FIELDS = 256;
const MAX_NODES_OF_SLOT = 1024;
/** A document that leaves the tree costs more than the tree saves on one that does not. */
const STRAY_COST = 3;
const MOST_TRUSTED = 64;
/** Documents that are read without the tree when it has failed; doubles each time. */
const FIRST_PAUSE = 512;

type Make = (values: readonly unknown[], from: number) => object;

/** One key of a shape, after the keys above it. */
export interface Node {
  /** With its terminating zero. Empty at the root. */
  readonly keyBytes: Uint8Array;
  readonly key: string;
  readonly parent: Node | undefined;
  readonly depth: number;
  /** What is in the values of this field, where they are documents or arrays. */
  readonly slot: Slot;
  children: Node[];
  /** How many documents ended here. */
  count: number;
  make: Make | undefined;
}

/** Limits of the whole process; when they are reached all trees are dropped. */
export const population = { nodes: 0, makes: 0 };

/** A place where documents occur: the top level, the values of a key there, the elements of an array, and so on. */
export class Slot {
  root: Node;
  /** Documents since the counts of the tree began. */
  total = 0;
  /** Compiled code for the prevailing shape, kept by the decoder. */
  compiled: unknown = undefined;
  /** How well the compiled code fits. */
  score = 0;
  compileAfter = COMPILE_AFTER;
  #nodes = 0;
  #trust = MOST_TRUSTED;
  #paused = 0;
  #pause = FIRST_PAUSE;
  readonly #fields = new Map<string, Slot>();
  #elements: Slot | undefined;

  constructor() {
    this.root = this.#newRoot();
  }

  #newRoot(): Node {
    const keyBytes = new Uint8Array(0);
    return {
      keyBytes,
      key: '',
      parent: undefined,
      depth: 0,
      slot: this,
      children: [],
      count: 0,
      make: undefined,
    };
  }

  /** The slot of the elements, where the values here are arrays. */
  get elements(): Slot {
    return (this.#elements ??= new Slot());
  }

  /** Adds the key at a position below a node, or returns `undefined` where the tree may not or cannot have it. */
  grow(source: Source, node: Node, start: number, end: number): Node | undefined {
    if (
      node.children.length === MAX_CHILDREN ||
      node.depth === MAX_FIELDS ||
      this.#nodes === MAX_NODES_OF_SLOT
    ) {
      return undefined;
    }
    const keyEnd = source.bytes.indexOf(0, start);
    if (keyEnd < 0 || keyEnd >= end) return undefined;
    const key = decodeUtf8(source.bytes, start, keyEnd, 'strict');
    // A document with this key may have to become a DBRef.
    if (key === '$ref') return undefined;
    let slot = this.#fields.get(key);
    if (slot === undefined) this.#fields.set(key, (slot = new Slot()));
    const keyBytes = Uint8Array.from(source.bytes.subarray(start, keyEnd + 1));
    const child: Node = {
      keyBytes,
      key,
      parent: node,
      depth: node.depth + 1,
      slot,
      children: [],
      count: 0,
      make: undefined,
    };
    node.children.push(child);
    this.#nodes++;
    population.nodes++;
    return child;
  }

  /** Starts counting shapes anew. */
  recount(): void {
    this.total = 0;
    const pending = [this.root];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      node.count = 0;
      pending.push(...node.children);
    }
  }

  /** Whether the next document is to be read along the tree. */
  usesTree(): boolean {
    return this.#paused === 0 || --this.#paused === 0;
  }

  /** A document was read along the tree to its end. */
  stayed(): void {
    this.total++;
    if (this.#trust < MOST_TRUSTED) this.#trust++;
  }

  /** A document had a key that the tree does not take. */
  strayed(): void {
    this.#trust -= STRAY_COST;
    if (this.#trust > 0) return;
    this.#trust = MOST_TRUSTED;
    this.#paused = this.#pause;
    this.#pause *= 2;
    this.#nodes = 0;
    this.root = this.#newRoot();
    this.total = 0;
  }

  /** The slot of a key that the tree has had. */
  fieldSlot(key: string): Slot | undefined {
    return this.#fields.get(key);
  }
}

export const keysOf = (leaf: Node): string[] => {
  const keys: string[] = [];
  for (let node: Node | undefined = leaf; node?.parent !== undefined; node = node.parent) keys.push(node.key);
  return keys.reverse();
};

/** A computed name for `__proto__`: as a plain one it would set the prototype. */
export const propertyName = (key: string): string =>
  key === '__proto__' ? '["__proto__"]' : JSON.stringify(key);

const makeOneByOne = (leaf: Node, values: readonly unknown[], from: number): object => {
  const document = {};
  keysOf(leaf).forEach((key, index) => {
    defineField(document, key, values[from + index]);
  });
  return document;
};

const compileMake = (leaf: Node): Make => {
  const fields = keysOf(leaf).map((key, index) => `${propertyName(key)}: v[o + ${String(index)}]`);
  population.makes++;
  try {
    return new Function('v', 'o', `return { ${fields.join(', ')} };`) as Make;
  } catch {
    // The process may not make code from text (`--disallow-code-generation-from-strings`).
    return (values, from) => makeOneByOne(leaf, values, from);
  }
};

/** Makes the document whose keys end at a node from its values, which begin at an index. */
export const makeDocument = (leaf: Node, values: readonly unknown[], from: number): object => {
  if (leaf.make !== undefined) return leaf.make(values, from);
  if (leaf.count < MAKE_AFTER) return makeOneByOne(leaf, values, from);
  leaf.make = compileMake(leaf);
  return leaf.make(values, from);
};
