import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The four documents of the driver benchmark's BSON tasks, as extended JSON. */
export const DOCUMENT_NAMES = ['tweet', 'flat', 'deep', 'full'] as const;

export type DocumentName = (typeof DOCUMENT_NAMES)[number];

const FILES: Readonly<Record<DocumentName, readonly [archive: string, file: string]>> = {
  tweet: ['single_and_multi_document.tgz', 'tweet.json'],
  flat: ['extended_bson.tgz', 'flat_bson.json'],
  deep: ['extended_bson.tgz', 'deep_bson.json'],
  full: ['extended_bson.tgz', 'full_bson.json'],
};

const BLOCK = 512;

/** The text of one file in a tar archive: headers and contents in blocks of 512 bytes (POSIX ustar). */
const readFromTar = (archive: Buffer, wanted: string): string | undefined => {
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const name = archive.toString('latin1', at, archive.indexOf(0, at));
    const size = parseInt(archive.toString('latin1', at + 124, at + 136), 8);
    const start = at + BLOCK;
    if (name.endsWith(`/${wanted}`) && !name.includes('/._'))
      return archive.toString('utf8', start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
};

/** A word of letters that is the same in every run. */
const word = (seed: number, length: number): string => {
  let text = '';
  for (let state = seed * 7919 + 1; text.length < length; state = (state * 48271) % 2147483647) {
    text += String.fromCharCode((state % 2 === 0 ? 65 : 97) + ((state >> 4) % 26));
  }
  return text;
};

const deepTree = (depth: number, seed: number): object =>
  depth === 0
    ? { rightValue: word(seed, 8), leftValue: word(seed + 1, 8) }
    : { right: deepTree(depth - 1, seed * 2 + 1), left: deepTree(depth - 1, seed * 2 + 2) };

const flatField = (index: number): unknown => {
  if (index % 6 === 0) return { $numberInt: String(index) };
  if (index % 6 === 1) return { $numberDouble: String(index * 1.5e15) };
  if (index % 6 === 2) return index % 4 === 0;
  return word(index, 80);
};

const fullField = (index: number): unknown =>
  [
    { $numberInt: '94' },
    { $binary: { base64: Buffer.from(word(index, 80)).toString('base64'), subType: '00' } },
    { $numberLong: '7791511468172299508' },
    {},
    { $maxKey: 1 },
    true,
    { $code: word(index, 80), $scope: {} },
    { $minKey: 1 },
    { $date: { $numberLong: '776822400000' } },
    word(index, 80),
    { $oid: Buffer.from(word(index, 12)).toString('hex') },
    { $timestamp: { t: 1000 + index, i: 1 } },
    { $regularExpression: { pattern: word(index, 10), options: 'i' } },
    null,
    { $numberDouble: '0.5' },
    [],
  ][index % 16];

const fields = (count: number, field: (index: number) => unknown): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [word(index + 1000, 8), field(index)]));

const tweet = {
  text: word(1, 40),
  in_reply_to_status_id: 22773233453,
  retweet_count: null,
  created_at: 'Thu Sep 02 19:38:18 +0000 2010',
  source: 'web',
  truncated: false,
  entities: {
    user_mentions: [{ indices: [0, 9], screen_name: word(2, 8), name: word(3, 17), id: 41832464 }],
    urls: [],
    hashtags: [],
  },
  user: {
    ...fields(14, (index) => word(index, 6 + ((index * 13) % 80))),
    ...fields(10, (index) => index % 2 === 0),
    friends_count: 179,
    followers_count: 218,
    id: 15878015,
    utc_offset: -25200,
    description: word(9, 89),
  },
  favorited: false,
  id: 22824602300,
};

const generate = (name: DocumentName): string => {
  switch (name) {
    case 'tweet':
      return JSON.stringify(tweet);
    case 'flat':
      return JSON.stringify(fields(145, flatField));
    case 'deep':
      return JSON.stringify(deepTree(5, 1));
    case 'full':
      return JSON.stringify(fields(96, fullField));
  }
};

/** Whether the data of the driver benchmark is there: `BENCH_DATA_DIR`, default `../shared/benchmark-data`. */
export const benchmarkDataDirectory = (): string | undefined => {
  const directory = resolve(process.env['BENCH_DATA_DIR'] ?? '../shared/benchmark-data');
  return existsSync(directory) ? directory : undefined;
};

/** The extended JSON of a document; generated in the same shape and size where the data is absent. */
export const documentText = (name: DocumentName): string => {
  const directory = benchmarkDataDirectory();
  if (directory === undefined) return generate(name);
  const [archive, file] = FILES[name];
  const text = readFromTar(gunzipSync(readFileSync(join(directory, archive))), file);
  if (text === undefined) throw new Error(`${archive} has no ${file}`);
  return text;
};
