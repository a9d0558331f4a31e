import * as zlib from 'node:zlib';
import { CommandError } from '../command-error.js';
import { HEADER_SIZE, MAX_MESSAGE_SIZE } from './frame-reader.js';
import { OP_COMPRESSED } from './opcodes.js';

const OVERHEAD = 9;

interface Compressor {
  readonly id: number;
  compress(bytes: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array): Uint8Array;
}

/** Since Node 22.15; absent from the types of the oldest supported version. */
interface Zstd {
  zstdCompressSync?(bytes: Uint8Array): Buffer;
  zstdDecompressSync?(bytes: Uint8Array, options: { maxOutputLength: number }): Buffer;
}

const { zstdCompressSync, zstdDecompressSync } = zlib as unknown as Zstd;

const LIMIT = { maxOutputLength: MAX_MESSAGE_SIZE };

/** By the names that hello negotiates with. */
const COMPRESSORS: ReadonlyMap<string, Compressor> = new Map<string, Compressor>([
  [
    'zlib',
    {
      id: 2,
      compress: (bytes) => zlib.deflateSync(bytes),
      decompress: (bytes) => zlib.inflateSync(bytes, LIMIT),
    },
  ],
  ...(zstdCompressSync !== undefined && zstdDecompressSync !== undefined
    ? ([
        [
          'zstd',
          {
            id: 3,
            compress: (bytes: Uint8Array) => zstdCompressSync(bytes),
            decompress: (bytes: Uint8Array) => zstdDecompressSync(bytes, LIMIT),
          },
        ],
      ] as const)
    : []),
]);

const NOOP: Compressor = { id: 0, compress: (bytes) => bytes, decompress: (bytes) => bytes };

const byId = new Map<number, Compressor>([NOOP, ...COMPRESSORS.values()].map((entry) => [entry.id, entry]));

/** Those of the client's compressors that this process has, in the client's order. */
export const negotiateCompression = (offered: readonly unknown[]): string[] =>
  offered.filter((name): name is string => typeof name === 'string' && COMPRESSORS.has(name));

export interface Decompressed {
  /** The message as if it had come uncompressed. */
  readonly frame: Buffer;
  readonly compressorId: number;
}

/** Opens an OP_COMPRESSED message. */
export const decompressFrame = (frame: Buffer): Decompressed => {
  if (frame.length < HEADER_SIZE + OVERHEAD)
    throw new CommandError('ProtocolError', 'OP_COMPRESSED message is too short');
  const opCode = frame.readInt32LE(HEADER_SIZE);
  const size = frame.readInt32LE(HEADER_SIZE + 4);
  const compressorId = frame[HEADER_SIZE + 8] ?? -1;
  const compressor = byId.get(compressorId);
  if (compressor === undefined)
    throw new CommandError('ProtocolError', `Unknown compressor id ${String(compressorId)}`);
  if (size < 0 || size > MAX_MESSAGE_SIZE - HEADER_SIZE) {
    throw new CommandError('ProtocolError', `Decompressed message would have ${String(size)} bytes`);
  }
  const body = compressor.decompress(frame.subarray(HEADER_SIZE + OVERHEAD));
  if (body.length !== size)
    throw new CommandError('ProtocolError', 'Decompressed size is not the announced one');
  const opened = Buffer.allocUnsafe(HEADER_SIZE + size);
  frame.copy(opened, 0, 0, HEADER_SIZE);
  opened.writeInt32LE(opened.length, 0);
  opened.writeInt32LE(opCode, 12);
  opened.set(body, HEADER_SIZE);
  return { frame: opened, compressorId };
};

/** Wraps a whole message into OP_COMPRESSED. */
export const compressFrame = (frame: Buffer, compressorId: number): Buffer => {
  const compressor = byId.get(compressorId) ?? NOOP;
  const body = compressor.compress(frame.subarray(HEADER_SIZE));
  const wrapped = Buffer.allocUnsafe(HEADER_SIZE + OVERHEAD + body.length);
  frame.copy(wrapped, 0, 0, HEADER_SIZE);
  wrapped.writeInt32LE(wrapped.length, 0);
  wrapped.writeInt32LE(OP_COMPRESSED, 12);
  wrapped.writeInt32LE(frame.readInt32LE(12), HEADER_SIZE);
  wrapped.writeInt32LE(frame.length - HEADER_SIZE, HEADER_SIZE + 4);
  wrapped[HEADER_SIZE + 8] = compressor.id;
  wrapped.set(body, HEADER_SIZE + OVERHEAD);
  return wrapped;
};
