import { Double } from 'bson';
import { CommandError } from '../../command-error.js';
import { compare } from '../bson-order.js';
import { typeName } from '../bson-type.js';
import {
  addNumbers,
  isNumber,
  multiplyNumbers,
  smallestInteger,
  type NumberValue,
  type Sum,
} from '../number.js';
import { Decimal128 } from 'bson';
import { docText, valueText } from '../text.js';
import { isDoc, type Maybe, type Value } from '../value.js';
import { badValue, failedToParse, type Modifier, type ModifierFactory } from './modifier.js';

const set: ModifierFactory = (operand) => ({ creates: true, apply: () => operand });

const setOnInsert: ModifierFactory = (operand) => ({ creates: true, onInsert: true, apply: () => operand });

const unset: ModifierFactory = () => ({ creates: false, apply: () => undefined });

const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/** `$inc` and `$mul`: numbers only, the result in the wider type of the two. */
const arithmetic =
  (
    operator: '$inc' | '$mul',
    verb: string,
    combine: (a: NumberValue, b: NumberValue) => Sum,
    initial: (operand: NumberValue) => NumberValue,
  ): ModifierFactory =>
  (operand, path) => {
    if (!isNumber(operand)) {
      throw new CommandError(
        'TypeMismatch',
        `Cannot ${verb} with non-numeric argument: ${docText([[path, operand]])}`,
      );
    }
    return {
      creates: true,
      apply: (current, run, at) => {
        if (current === undefined) return initial(operand);
        if (!isNumber(current)) {
          throw new CommandError(
            'TypeMismatch',
            `Cannot apply ${operator} to a value of non-numeric type. ${run.idText} has the field '${lastPart(at)}' ` +
              `of non-numeric type ${typeName(current)}`,
          );
        }
        const result = combine(current, operand);
        if (result !== 'overflow') return result;
        return badValue(
          `Failed to apply ${operator} operations to current value ((NumberLong)${valueText(current)}) for document ${run.idText}`,
        );
      },
    };
  };

/** Zero in the operand's type: what `$mul` makes of a missing field. */
const zeroLike = (operand: NumberValue): NumberValue => {
  if (operand instanceof Double) return new Double(0);
  if (operand instanceof Decimal128) return Decimal128.fromString('0');
  return typeof operand === 'bigint' ? 0n : smallestInteger(0n);
};

const extreme =
  (direction: 1 | -1): ModifierFactory =>
  (operand, _path, { collation }) => ({
    creates: true,
    apply: (current) =>
      current === undefined || direction * compare(operand, current, collation) < 0 ? operand : current,
  });

const currentDate: ModifierFactory = (operand, path) => {
  const type: Maybe = isDoc(operand) ? operand.get('$type') : undefined;
  if (typeof operand !== 'boolean' && !isDoc(operand)) {
    return badValue(
      `${typeName(operand)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    );
  }
  if (isDoc(operand) && (operand.size !== 1 || (type !== 'date' && type !== 'timestamp'))) {
    return badValue(
      `The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}} at ${path}`,
    );
  }
  return {
    creates: true,
    apply: (_current, run) => (type === 'timestamp' ? run.timestamp() : run.evaluation.now),
  };
};

const bit: ModifierFactory = (operand, path) => {
  if (!isDoc(operand)) {
    return badValue(
      `The $bit modifier is not compatible with a ${typeName(operand)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`,
    );
  }
  if (operand.size === 0)
    return badValue(
      `You must pass in at least one bitwise operation. The format is: {$bit: {field: {and/or/xor: #}}`,
    );
  const steps = [...operand].map(([name, mask]) => {
    if (name !== 'and' && name !== 'or' && name !== 'xor') {
      return badValue(
        `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator: ${docText([[path, operand]])}`,
      );
    }
    if (typeof mask !== 'number' && typeof mask !== 'bigint') {
      return badValue(
        `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(mask)}' is not supported here: ${docText([[name, mask]])}`,
      );
    }
    return { name, mask };
  });
  return {
    creates: true,
    apply: (current: Maybe, run, at) => {
      const start = current ?? 0;
      if (typeof start !== 'number' && typeof start !== 'bigint') {
        return badValue(
          `Cannot apply $bit to a value of non-integral type. ${run.idText} has the field ${lastPart(at)} of non-integer type ${typeName(start)}`,
        );
      }
      let wide = typeof start === 'bigint';
      let value = BigInt(start);
      for (const { name, mask } of steps) {
        wide ||= typeof mask === 'bigint';
        if (name === 'and') value &= BigInt(mask);
        else if (name === 'or') value |= BigInt(mask);
        else value ^= BigInt(mask);
      }
      return wide ? value : Number(value);
    },
  };
};

/** Operators on the value of one field. */
export const FIELD_MODIFIERS: Readonly<Record<string, ModifierFactory>> = {
  $bit: bit,
  $currentDate: currentDate,
  $inc: arithmetic('$inc', 'increment', addNumbers, (operand) => operand),
  $max: extreme(-1),
  $min: extreme(1),
  $mul: arithmetic('$mul', 'multiply', multiplyNumbers, zeroLike),
  $set: set,
  $setOnInsert: setOnInsert,
  $unset: unset,
};

/** Half of a `$rename`: the value is known only when the document is. */
export const constantModifier = (value: Value): Modifier => ({ creates: true, apply: () => value });

export const REMOVE: Modifier = { creates: false, apply: () => undefined };

export const renameTarget = (path: string, target: Value): string => {
  if (typeof target !== 'string')
    return badValue(`The 'to' field for $rename must be a string: ${path}: ${valueText(target)}`);
  if (target === path)
    return badValue(`The source and target field for $rename must differ: ${path}: "${target}"`);
  if (path.split('.').some((part) => part.startsWith('$')))
    return badValue(`The source field for $rename may not be dynamic: ${path}`);
  if (target.split('.').some((part) => part.startsWith('$'))) {
    return badValue(`The destination field for $rename may not be dynamic: ${target}`);
  }
  if (target.includes('\0'))
    return failedToParse(`The 'to' field for $rename cannot contain an embedded null byte`);
  return target;
};
