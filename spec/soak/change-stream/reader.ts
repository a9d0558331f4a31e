/**
 * Reads a change stream in a process that may be killed at any moment. Its place is one file, replaced in one step:
 * the token, and the number of the last event in front of it. Prints `kept N` when it has kept its place first, and
 * `end N` at the last event; exits with 1 where an event is missing, comes twice or is out of line.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseExtendedJson, stringifyExtendedJson } from '../../../lib/bson.js';
import { AsyncMongoClient, type Document } from '../../../lib/index.js';

const [, , uri = '', file = '', total = ''] = process.argv;

interface Place {
  readonly token: Document;
  readonly last: number;
}

const kept = existsSync(file)
  ? (parseExtendedJson(readFileSync(file, 'utf8')) as unknown as Place)
  : undefined;
let last = kept?.last ?? -1;
let hasKept = false;

const client = new AsyncMongoClient(uri);
const stream = await client
  .db('soak')
  .collection<{ _id: number }>('events')
  .watch([{ $match: { operationType: 'insert' } }], {
    maxAwaitTimeMS: 100,
    tokenStore: {
      load: () => kept?.token,
      save: (token) => {
        writeFileSync(`${file}.new`, stringifyExtendedJson({ token, last }));
        renameSync(`${file}.new`, file);
        if (!hasKept) process.stdout.write(`kept ${String(last)}\n`);
        hasKept = true;
      },
    },
  });
for await (const event of stream) {
  if (event.operationType !== 'insert') continue;
  const { _id } = event.fullDocument;
  if (_id !== last + 1) {
    process.stdout.write(`broken: ${String(_id)} came behind ${String(last)}\n`);
    process.exit(1);
  }
  last = _id;
  if (last === Number(total) - 1) break;
}
process.stdout.write(`end ${String(last)}\n`);
await client.close();
