import type { UuidRepresentation } from './codec-options.js';

type Stored = Exclude<UuidRepresentation, 'unspecified'>;

/** Position in the stored bytes of each byte of the textual order. */
const ORDER: Readonly<Record<Stored, readonly number[]>> = {
  standard: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  pythonLegacy: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  javaLegacy: [7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8],
  csharpLegacy: [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15],
};

/** Each of the orders is its own inverse, so that reading and writing are the same exchange of bytes. */
export const reorderUuid = (bytes: Uint8Array, representation: Stored): Uint8Array =>
  Uint8Array.from(ORDER[representation], (position) => bytes[position] ?? 0);

/** Binary subtype of UUIDs: 4 for the standard, 3 for the legacy orders (UUID specification, "Explicit encoding"). */
export const uuidSubtype = (representation: Stored): 3 | 4 => (representation === 'standard' ? 4 : 3);

export const uuidBinary = (
  bytes: Uint8Array,
  representation: Stored,
): { readonly bytes: Uint8Array; readonly subtype: 3 | 4 } => ({
  bytes: reorderUuid(bytes, representation),
  subtype: uuidSubtype(representation),
});
