import { CommandError } from '../../command-error.js';
import { typeName } from '../bson-type.js';
import type { Evaluation } from '../evaluation.js';
import { exactInteger, isNumber } from '../number.js';
import { isDoc, type Doc, type Maybe, type Value } from '../value.js';

/** A stage at work: takes documents one by one, as many as the next stage asks for. */
export type Stage = (input: Iterable<Doc>) => Iterable<Doc>;

/** What the compiler of a stage may use. */
export interface StageContext {
  readonly evaluation: Evaluation;
  /** Compiles a pipeline inside of the stage, with further variables. */
  compile(pipeline: readonly Value[], variables?: ReadonlyMap<string, Value>): Stage;
}

export type StageCompiler = (operand: Value, context: StageContext, name: string) => Stage;

/** An integer operand; `least` is its smallest value. */
export const stageInteger = (name: string, operand: Maybe, least: number, code: number): number => {
  const integer = isNumber(operand) ? exactInteger(operand) : undefined;
  if (integer === undefined)
    throw new CommandError(
      code,
      `invalid argument to ${name} stage: Expected an integer, found ${typeName(operand)}`,
    );
  if (integer < BigInt(least)) {
    throw new CommandError(
      code,
      least === 1
        ? `the limit must be positive`
        : `invalid argument to ${name} stage: Expected a non-negative number`,
    );
  }
  return Number(integer);
};

/** A document operand with checked field names. */
export const stageFields = (
  name: string,
  operand: Value,
  required: readonly string[],
  optional: readonly string[],
): Doc => {
  if (!isDoc(operand))
    throw new CommandError(
      'FailedToParse',
      `the ${name} stage specification must be an object, but found ${typeName(operand)}`,
    );
  for (const key of operand.keys()) {
    if (!required.includes(key) && !optional.includes(key)) {
      throw new CommandError(40415, `BSON field '${name}.${key}' is an unknown field.`);
    }
  }
  for (const key of required) {
    if (!operand.has(key))
      throw new CommandError(40414, `BSON field '${name}.${key}' is missing but a required field`);
  }
  return operand;
};

export const stageString = (name: string, fields: Doc, key: string): string => {
  const value = fields.get(key);
  if (typeof value !== 'string')
    throw new CommandError(
      'TypeMismatch',
      `BSON field '${name}.${key}' is the wrong type '${typeName(value)}', expected type 'string'`,
    );
  return value;
};

/** A field path operand without its `$`. */
export const fieldPath = (name: string, value: Maybe, code: number): readonly string[] => {
  if (typeof value !== 'string' || !value.startsWith('$') || value.length < 2) {
    throw new CommandError(
      code,
      `path option to ${name} stage should be prefixed with a '$': ${String(value)}`,
    );
  }
  return value.slice(1).split('.');
};
