import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, Int32, Long } from 'bson';
import {
  addDecimals,
  compareDecimals,
  divideDecimals,
  fromBigInt,
  fromDecimal128,
  fromDouble,
  multiplyDecimals,
  toDecimal128,
} from '../../../lib/testing/query/decimal.js';
import { addNumbers, multiplyNumbers, type NumberValue } from '../../../lib/testing/query/number.js';
import { canonical, value } from '../support/documents.js';
import { fc } from '../../support/property.js';

const decimal = (text: string) => fromDecimal128(Decimal128.fromString(text));
const number = (plain: unknown) => value(plain) as NumberValue;

describe('numbers of updates and expressions', () => {
  it.each([
    [new Int32(1), new Int32(2), { $numberInt: '3' }],
    [new Int32(2147483647), new Int32(1), { $numberLong: '2147483648' }],
    [new Int32(1), Long.fromString('2'), { $numberLong: '3' }],
    [Long.fromString('1'), new Double(0.5), { $numberDouble: '1.5' }],
    [new Double(1), Decimal128.fromString('2.50'), { $numberDecimal: '3.50000000000000' }],
    [new Int32(1), Decimal128.fromString('2.50'), { $numberDecimal: '3.50' }],
  ])('adds %j and %j in the wider type', (a, b, expected) => {
    const sum = addNumbers(number(a), number(b));
    expect(sum === 'overflow' ? sum : canonical(sum)).toEqual(expected);
  });

  it('tells an int64 overflow', () => {
    expect(addNumbers(2n ** 63n - 1n, 1)).toBe('overflow');
    expect(multiplyNumbers(2n ** 62n, 2)).toBe('overflow');
    expect(multiplyNumbers(2 ** 30, 4)).toBe(2n ** 32n);
  });
});

describe('decimals', () => {
  it('keep value and exponent through their bytes', () => {
    for (const text of [
      '0',
      '-0',
      '1.10',
      '1E+3',
      '1E-6176',
      '9.999999999999999999999999999999999E+6144',
      'NaN',
      'Infinity',
      '-Infinity',
    ]) {
      expect(toDecimal128(decimal(text)).toString()).toBe(Decimal128.fromString(text).toString());
    }
  });

  it.each([
    ['1.1', '2.2', '3.3'],
    ['1E+34', '1', '1.000000000000000000000000000000000E+34'],
    ['1', '-1', '0'],
    ['Infinity', '-Infinity', 'NaN'],
    ['1E+6000', '1E-6000', '1.000000000000000000000000000000000E+6000'],
  ])('add: %s + %s = %s', (a, b, sum) => {
    expect(toDecimal128(addDecimals(decimal(a), decimal(b))).toString()).toBe(sum);
  });

  it.each([
    ['1', '3', '0.3333333333333333333333333333333333'],
    ['2', '3', '0.6666666666666666666666666666666667'],
    ['1', '8', '0.125'],
    ['10', '5', '2'],
    ['1', '0', 'Infinity'],
    ['0', '0', 'NaN'],
  ])('divide: %s / %s = %s', (a, b, quotient) => {
    expect(toDecimal128(divideDecimals(decimal(a), decimal(b))).toString()).toBe(quotient);
  });

  it('agree with integer arithmetic', () => {
    const small = fc.bigInt(-(10n ** 15n), 10n ** 15n);
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(toDecimal128(addDecimals(fromBigInt(a), fromBigInt(b))).toString()).toBe((a + b).toString());
        const product = multiplyDecimals(fromBigInt(a), fromBigInt(b));
        expect(compareDecimals(product, fromBigInt(a * b))).toBe(0);
        expect(compareDecimals(fromBigInt(a), fromBigInt(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it('come from doubles with 15 digits for arithmetic and 34 for comparison', () => {
    expect(toDecimal128(fromDouble(0.1, 15)).toString()).toBe('0.100000000000000');
    expect(toDecimal128(fromDouble(0.1, 34)).toString()).toBe('0.1000000000000000055511151231257827');
  });
});
