import { Binary } from 'bson';

/** Element types of a vector: the first byte of a binary of subtype 9 (BSON Binary Vector specification, "Header Format"). */
export const VectorType = { Int8: 0x03, Float32: 0x27, PackedBit: 0x10 } as const;

export type VectorType = (typeof VectorType)[keyof typeof VectorType];

/** A vector as numbers. For `PackedBit` each number is a byte of eight elements, the first in its highest bit. */
export interface Vector {
  readonly dtype: VectorType;
  readonly values: readonly number[];
  /** How many of the last byte's lowest bits are no elements; 0 for other types than `PackedBit`. */
  readonly padding: number;
}

/** Why bytes are not a valid vector, or `undefined` (section "Validity Criteria"). */
export const vectorFault = (bytes: Uint8Array): string | undefined => {
  const [dtype, padding = 0] = bytes;
  if (bytes.length < 2 || dtype === undefined) return 'a vector has a header of two bytes';
  switch (dtype) {
    case VectorType.Int8:
    case VectorType.Float32:
      if (padding !== 0) return 'only vectors of packed bits can have padding';
      if (dtype === VectorType.Float32 && (bytes.length - 2) % 4 !== 0)
        return 'a float32 vector has four bytes per element';
      return undefined;
    case VectorType.PackedBit:
      if (padding > 7) return `padding of a vector is 0 to 7 bits, not ${String(padding)}`;
      if (bytes.length === 2 && padding !== 0) return 'an empty vector has no padding';
      if (((bytes[bytes.length - 1] ?? 0) & ((1 << padding) - 1)) !== 0)
        return 'the padding bits of a vector must be zero';
      return undefined;
    default:
      return `unknown element type 0x${dtype.toString(16).padStart(2, '0')} of a vector`;
  }
};

const RANGES = { [VectorType.Int8]: [-128, 127], [VectorType.PackedBit]: [0, 255] } as const;

/** Makes a binary of subtype 9; throws a `RangeError` for elements or padding that the type does not have. */
export const encodeVector = ({ dtype, values, padding }: Vector): Binary => {
  const bytes = Buffer.alloc(2 + values.length * (dtype === VectorType.Float32 ? 4 : 1));
  if (!Number.isInteger(padding) || padding < 0 || padding > 7) {
    throw new RangeError(`padding of a vector is 0 to 7 bits, not ${String(padding)}`);
  }
  bytes[0] = dtype;
  bytes[1] = padding;
  for (const [index, value] of values.entries()) {
    if (dtype === VectorType.Float32) {
      bytes.writeFloatLE(value, 2 + index * 4);
      continue;
    }
    const [lowest, highest] = RANGES[dtype];
    if (!Number.isInteger(value) || value < lowest || value > highest) {
      throw new RangeError(
        `element ${String(index)} of the vector is ${String(value)}, not an integer from ${String(lowest)} to ${String(highest)}`,
      );
    }
    bytes[2 + index] = value;
  }
  const fault = vectorFault(bytes);
  if (fault !== undefined) throw new RangeError(fault);
  return new Binary(bytes, Binary.SUBTYPE_VECTOR);
};

/** Reads a binary of subtype 9; throws a `RangeError` where its bytes are not a valid vector. */
export const decodeVector = (binary: Binary): Vector => {
  if (binary.sub_type !== Binary.SUBTYPE_VECTOR) {
    throw new RangeError(`a vector is a binary of subtype 9, not ${String(binary.sub_type)}`);
  }
  const bytes = binary.value();
  const fault = vectorFault(bytes);
  if (fault !== undefined) throw new RangeError(fault);
  const [dtype, padding] = bytes as unknown as [VectorType, number];
  const view = new DataView(bytes.buffer, bytes.byteOffset + 2, bytes.byteLength - 2);
  if (dtype === VectorType.Float32) {
    return {
      dtype,
      padding,
      values: Array.from({ length: view.byteLength / 4 }, (_, index) => view.getFloat32(index * 4, true)),
    };
  }
  const read = dtype === VectorType.Int8 ? view.getInt8.bind(view) : view.getUint8.bind(view);
  return { dtype, padding, values: Array.from({ length: view.byteLength }, (_, index) => read(index)) };
};
