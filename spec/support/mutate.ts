import type { SeededRandom } from './seeded-random.js';

/** Numbers that break arithmetic on lengths. */
const AWKWARD = [0, 1, -1, 4, 5, 16, 127, 128, 255, 256, 0x7fffffff, -0x80000000, 48_000_000, 48_000_001];

/** A damaged copy: some bits flipped, numbers replaced, bytes cut out, repeated, swapped or appended. */
export const mutate = (message: Uint8Array, random: SeededRandom): Buffer => {
  let bytes = Buffer.from(message);
  for (let count = 1 + random.integer(3); count > 0; count--) {
    const at = random.integer(Math.max(1, bytes.length));
    const size = 1 + random.integer(8);
    switch (random.integer(7)) {
      case 0:
        if (bytes.length > 0) bytes[at]! ^= 1 << random.integer(8);
        break;
      case 1:
        if (bytes.length > 0) bytes[at] = random.integer(256);
        break;
      case 2:
        if (at + 4 <= bytes.length) bytes.writeInt32LE(random.pick(AWKWARD) | 0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at + size), bytes.subarray(at)]);
        break;
      case 5:
        bytes = bytes.subarray(0, at);
        break;
      default:
        bytes = Buffer.concat([bytes, Buffer.from(Array.from({ length: size }, () => random.integer(256)))]);
    }
  }
  return bytes;
};
