import { Decimal128, Double } from 'bson';
import {
  addDecimals,
  divideDecimals,
  fromBigInt,
  fromDouble,
  toDecimal128,
  type Decimal,
} from '../decimal.js';
import { asDecimal, asDouble, fitsInt32, fitsInt64, isNumber, type NumberValue } from '../number.js';
import type { Maybe } from '../value.js';

/**
 * Adds numbers as `$sum` and `$avg` do: integers exactly, doubles with the error carried along (Neumaier), decimals as
 * decimals. The result has the widest type seen; an int64 that overflows becomes a double.
 */
export class Summation {
  #integers = 0n;
  #double = 0;
  #carry = 0;
  #decimal: Decimal | undefined;
  #widest: 'int' | 'long' | 'double' = 'int';
  #count = 0;

  /** Values that are no numbers are passed over. */
  add(value: Maybe): void {
    if (!isNumber(value)) return;
    this.#count += 1;
    if (typeof value === 'number') this.#integers += BigInt(value);
    else if (typeof value === 'bigint') {
      this.#integers += value;
      if (this.#widest === 'int') this.#widest = 'long';
    } else if (value instanceof Double) {
      this.#addDouble(value.value);
      this.#widest = 'double';
    } else this.#decimal = addDecimals(this.#decimal ?? fromBigInt(0n), asDecimal(value));
  }

  #addDouble(value: number): void {
    const sum = this.#double + value;
    if (Number.isFinite(sum)) {
      this.#carry +=
        Math.abs(this.#double) >= Math.abs(value) ? this.#double - sum + value : value - sum + this.#double;
    }
    this.#double = sum;
  }

  get #doubleTotal(): number {
    const integers = Number(this.#integers);
    return Number.isFinite(this.#double) ? this.#double + integers + this.#carry : this.#double;
  }

  get #decimalTotal(): Decimal {
    const rest = addDecimals(fromBigInt(this.#integers), fromDouble(this.#double + this.#carry, 15));
    return addDecimals(
      this.#decimal ?? fromBigInt(0n),
      this.#widest === 'double' ? rest : fromBigInt(this.#integers),
    );
  }

  get total(): NumberValue {
    if (this.#decimal !== undefined) return toDecimal128(this.#decimalTotal);
    if (this.#widest === 'double' || !fitsInt64(this.#integers)) return new Double(this.#doubleTotal);
    return this.#widest === 'int' && fitsInt32(this.#integers) ? Number(this.#integers) : this.#integers;
  }

  /** Undefined when nothing was added. */
  get average(): NumberValue | undefined {
    if (this.#count === 0) return undefined;
    const total = this.total;
    return total instanceof Decimal128
      ? divide(total, this.#count)
      : new Double(asDouble(total) / this.#count);
  }
}

const divide = (total: Decimal128, count: number): Decimal128 =>
  toDecimal128(divideDecimals(asDecimal(total), fromBigInt(BigInt(count))));
