/** Type bytes of the BSON specification 1.1. */
export const ElementType = {
  Double: 0x01,
  String: 0x02,
  Document: 0x03,
  Array: 0x04,
  Binary: 0x05,
  Undefined: 0x06,
  ObjectId: 0x07,
  Boolean: 0x08,
  Date: 0x09,
  Null: 0x0a,
  RegExp: 0x0b,
  DBPointer: 0x0c,
  Code: 0x0d,
  Symbol: 0x0e,
  CodeWithScope: 0x0f,
  Int32: 0x10,
  Timestamp: 0x11,
  Int64: 0x12,
  Decimal128: 0x13,
  MaxKey: 0x7f,
  MinKey: 0xff,
} as const;

/** Bytes of the values whose type has one size. */
export const FIXED_SIZES: Readonly<Record<number, number>> = {
  [ElementType.Double]: 8,
  [ElementType.Undefined]: 0,
  [ElementType.ObjectId]: 12,
  [ElementType.Boolean]: 1,
  [ElementType.Date]: 8,
  [ElementType.Null]: 0,
  [ElementType.Int32]: 4,
  [ElementType.Timestamp]: 8,
  [ElementType.Int64]: 8,
  [ElementType.Decimal128]: 16,
  [ElementType.MinKey]: 0,
  [ElementType.MaxKey]: 0,
};

/**
 * How deeply documents and arrays may be nested. A server can be configured for at most 250 levels
 * (`maxBSONDepth`); the bound keeps recursion away from the end of the stack.
 */
export const MAX_DEPTH = 250;
