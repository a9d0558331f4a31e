import { describe, expect, it } from '@jest/globals';
import * as bson from 'bson';
import { spawnSync } from 'node:child_process';
import { decodeDocument, encodeDocument } from '../../lib/bson.js';
import { expectEqual } from './arbitrary-documents.js';

const roundTrip = (document: object): void => {
  const bytes = bson.serialize(document);
  expectEqual(decodeDocument(bytes), bson.deserialize(bytes));
};

/** Runs a program in a process of its own and returns what it prints, as JSON. */
const runAlone = (flags: readonly string[], source: string): unknown => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, '--import', 'tsx', '--input-type=module', '--eval', source],
    { encoding: 'utf8' },
  );
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
};

describe('decoding along shapes', () => {
  it('reads documents whose fields change their types', () => {
    const values = [
      1,
      'text',
      null,
      true,
      0.5,
      { a: 1 },
      [1, { b: 2 }],
      new Date(5),
      { a: { b: 'deep' } },
      [],
    ];
    for (let round = 0; round < 200; round++) {
      roundTrip({
        _id: round,
        first: values[round % 10],
        second: values[(round * 7 + 3) % 10],
        third: { x: values[(round * 3) % 10] },
      });
    }
  });

  it('reads documents that miss fields, have more of them, or have them in another order', () => {
    const names = 'abcdefghij'.split('');
    for (let round = 0; round < 1500; round++) {
      const kept = names.filter((_, index) => (round * 31 + index * 17) % 7 > 1);
      const fields = (round % 5 === 0 ? kept.reverse() : kept).map((name) => [name, round] as const);
      roundTrip({
        _id: round,
        ...Object.fromEntries(fields),
        ...(round % 3 === 0 && { nested: Object.fromEntries(fields) }),
      });
    }
  });

  it('reads documents whose keys are data', () => {
    for (let round = 0; round < 3000; round++) {
      roundTrip({
        _id: round,
        counts: { [`user${String(round)}`]: round, [`item${String(round * 7)}`]: { n: round } },
      });
    }
  });

  it('reads documents of hundreds of fields, and of long keys', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 700 }, (_, index) => [`field${String(index)}`, index]),
    );
    const middle = Object.fromEntries(
      Array.from({ length: 240 }, (_, index) => [`field number ${String(index)}`, 'x']),
    );
    const long = { ['k'.repeat(5000)]: 1, [`${'ü'.repeat(300)}`]: 'x' };
    for (let round = 0; round < 50; round++)
      for (const document of [wide, middle, long]) roundTrip({ ...document, round });
  });

  it('reads duplicate keys with the last one winning, however often', () => {
    const bytes = Buffer.from('1700000010666f6f000100000010666f6f000200000000', 'hex');
    for (let round = 0; round < 50; round++) expect(decodeDocument(bytes)).toEqual({ foo: 2 });
  });

  it('does not mistake keys with a common beginning for each other', () => {
    const names = ['abc', 'abcd', 'abcde', 'abcdefg', 'abcdefgh', 'ab', 'a', ''];
    for (let round = 0; round < 300; round++) {
      const name = names[round % (round < 100 ? 1 : names.length)] as string;
      roundTrip({ [name]: null });
      roundTrip({ x: 1, [name]: round });
      roundTrip({ [name]: 'x', y: [{ [name]: 1 }] });
    }
  });

  it('reads keys that would be code if they were not quoted', () => {
    const names = [
      'a"b',
      "a'b",
      'a\\b',
      '`${1}`',
      'a\nb',
      '\u2028',
      '});process.exit(1)//',
      '__proto__',
      'constructor',
      '0',
      '-1',
      '1.5',
    ];
    for (let round = 0; round < 50; round++) roundTrip(new Map(names.map((name, index) => [name, index])));
  });

  it('gives each document objects and arrays of its own', () => {
    const bytes = encodeDocument({ a: { b: [{ c: 1 }] }, d: [] });
    const read = (): { a: { b: { c: number }[] }; d: unknown[] } => decodeDocument(bytes) as never;
    for (let round = 0; round < 40; round++) {
      const one = read();
      one.a.b[0]!.c = 2;
      one.d.push(1);
      expect(read()).toEqual({ a: { b: [{ c: 1 }] }, d: [] });
    }
  });

  it('works where code may not be made from text', () => {
    const source = `
      import { decodeDocument, encodeDocument } from './lib/bson.ts';
      let evaluates = true;
      try { new Function('return 1'); } catch { evaluates = false; }
      const bytes = encodeDocument({ _id: 1, name: 'n', list: [{ a: 1 }, { a: 2 }], ['__proto__']: 5 });
      let last;
      for (let round = 0; round < 100; round++) last = decodeDocument(bytes);
      console.log(JSON.stringify({ evaluates, last, own: Object.keys(last) }));`;
    expect(runAlone(['--disallow-code-generation-from-strings'], source)).toEqual({
      evaluates: false,
      last: JSON.parse('{"_id": 1, "name": "n", "list": [{"a": 1}, {"a": 2}], "__proto__": 5}') as unknown,
      own: ['_id', 'name', 'list', '__proto__'],
    });
  });
});

/** Bytes in use. Freed array buffers are swept beside the program: collected until the figure stands still. */
const USED = `
  const used = async () => {
    let last = Infinity;
    for (;;) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const { heapUsed, external } = process.memoryUsage();
      if (heapUsed + external > last - 10_000) return Math.min(last, heapUsed + external);
      last = heapUsed + external;
    }
  };`;

describe('memory', () => {
  it('a value that is kept does not keep the batch or the document it came from', () => {
    const source = `
      import { Binary } from './lib/bson.ts';
      import { encodeDocument } from './lib/bson.ts';
      import { BatchDecoder } from './lib/bson/decoder.ts';
      ${USED}
      const kept = [];
      const batch = (round) => {
        const documents = Array.from({ length: 100 }, (_, index) => ({ _id: index, short: 'short' + round, name: 'a name of some length ' + round, blob: 'x'.repeat(20000), bytes: new Binary(Buffer.from('few')) }));
        const decoder = new BatchDecoder(encodeDocument({ batch: documents }), 11);
        while (decoder.remaining > 0) {
          const { short, name, bytes } = decoder.next();
          if (decoder.remaining === 50) kept.push(short, name, bytes);
        }
      };
      for (let round = 0; round < 5; round++) batch(round);
      const before = await used();
      for (let round = 0; round < 40; round++) batch(round);
      console.log(JSON.stringify({ grown: await used() - before, kept: kept.length }));`;
    const { grown, kept } = runAlone(['--expose-gc'], source) as { grown: number; kept: number };
    expect(kept).toBe(135);
    // Forty batches of two megabytes each were read; three small values of each were kept.
    expect(grown).toBeLessThan(1_500_000);
  });

  it('a string cut from a large document is a copy', () => {
    const source = `
      import { decodeDocument, encodeDocument } from './lib/bson.ts';
      ${USED}
      const bytes = encodeDocument({ ...Object.fromEntries(Array.from({ length: 200 }, (_, index) => ['k' + index, 'value ' + index])), text: 'thirteen char' , filler: 'y'.repeat(100000) });
      const kept = [];
      for (let round = 0; round < 50; round++) decodeDocument(bytes);
      const before = await used();
      for (let round = 0; round < 500; round++) { const { text, k7 } = decodeDocument(bytes); kept.push(text, k7); }
      console.log(JSON.stringify({ grown: await used() - before, kept: kept.length }));`;
    const { grown } = runAlone(['--expose-gc'], source) as { grown: number };
    expect(grown).toBeLessThan(1_000_000);
  });
});
