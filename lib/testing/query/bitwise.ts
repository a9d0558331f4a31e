import { Binary, Double } from 'bson';
import { CommandError } from '../command-error.js';
import { exactInteger, isNumber } from './number.js';
import { isArray, type Maybe, type Value } from './value.js';

/** The set bits of a mask: positions from the least significant bit. */
const bitsOfMask = (operator: string, mask: Value): readonly number[] => {
  if (isArray(mask)) {
    return mask.map((item) => {
      const position = exactInteger(item);
      if (position === undefined || position < 0n) {
        throw new CommandError('BadValue', `bit positions must be >= 0 and integers in ${operator}`);
      }
      return Number(position);
    });
  }
  if (mask instanceof Binary) {
    const bytes = mask.value();
    const bits: number[] = [];
    for (let i = 0; i < bytes.length * 8; i += 1) if (((bytes[i >> 3] ?? 0) >> (i & 7)) & 1) bits.push(i);
    return bits;
  }
  const integer = isNumber(mask) ? exactInteger(mask) : undefined;
  if (integer === undefined || integer < 0n) {
    throw new CommandError(
      'BadValue',
      `${operator} takes an Array, a number, or a BinData but received another value`,
    );
  }
  return [...integer.toString(2)].reverse().flatMap((bit, i) => (bit === '1' ? [i] : []));
};

/** Reads bits of a number (two's complement, sign-extended) or of binary data; undefined for other values. */
const bitReader = (value: Maybe): ((position: number) => boolean) | undefined => {
  if (value instanceof Binary) {
    const bytes = value.value();
    return (position) => (((bytes[position >> 3] ?? 0) >> (position & 7)) & 1) === 1;
  }
  if (!isNumber(value) || (value instanceof Double && !Number.isInteger(value.value))) return undefined;
  const integer = exactInteger(value);
  return integer === undefined
    ? undefined
    : (position) => ((integer >> BigInt(Math.min(position, 63))) & 1n) === 1n;
};

export type BitOperator = '$bitsAllSet' | '$bitsAllClear' | '$bitsAnySet' | '$bitsAnyClear';

/** The test of a bitwise query operator. */
export const bitTest = (operator: BitOperator, mask: Value): ((value: Maybe) => boolean) => {
  const positions = bitsOfMask(operator, mask);
  const wanted = operator.endsWith('Set');
  const all = operator.includes('All');
  return (value) => {
    const read = bitReader(value);
    if (read === undefined) return false;
    return all
      ? positions.every((position) => read(position) === wanted)
      : positions.some((position) => read(position) === wanted);
  };
};
