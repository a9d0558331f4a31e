import { expect, it } from '@jest/globals';
import { crc32c } from '../../../lib/testing/net/crc32c.js';

// RFC 3720, appendix B.4.
it.each([
  ['32 bytes of zeroes', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 incrementing bytes', Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)), 0x46dd794e],
  ['"123456789"', Buffer.from('123456789'), 0xe3069283],
])('gives the published checksum of %s', (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});
