import { BSON } from 'mongodb';
import { DOCUMENT_NAMES, documentText } from './codec-documents.js';

/** One thing to measure, done by either side. One call handles one document. */
export interface CodecTask {
  /** As in the table of `npm run bench`, for example `decode/tweet`. */
  readonly name: string;
  readonly unit: 'document';
  /** BSON bytes of the document. */
  readonly bytes: number;
  readonly asyncmongo: () => unknown;
  readonly official: () => unknown;
}

/** The functions of `asyncmongo/bson` that are measured: handed in, so that sources and built package can be compared. */
export interface Codec {
  decodeDocument(bytes: Uint8Array): unknown;
  encodeDocument(document: unknown): Uint8Array;
}

export const codecTaskNames = (): string[] =>
  DOCUMENT_NAMES.flatMap((name) => [`decode/${name}`, `encode/${name}`]);

/** The BSON tasks: four documents decoded and encoded. Each side gets the same bytes and the same object. */
export const codecTasks = (codec: Codec): readonly CodecTask[] =>
  DOCUMENT_NAMES.flatMap((name): CodecTask[] => {
    const bytes = BSON.serialize(BSON.EJSON.parse(documentText(name), { relaxed: false }) as BSON.Document);
    const document = BSON.deserialize(bytes);
    const task = { unit: 'document', bytes: bytes.length } as const;
    return [
      {
        ...task,
        name: `decode/${name}`,
        asyncmongo: () => codec.decodeDocument(bytes),
        official: () => BSON.deserialize(bytes),
      },
      {
        ...task,
        name: `encode/${name}`,
        asyncmongo: () => codec.encodeDocument(document),
        official: () => BSON.serialize(document),
      },
    ];
  });
