import { CommandError } from '../command-error.js';
import type { ErrorName } from '../error-codes.js';
import { typeName } from '../query/bson-type.js';
import { asDouble, exactInteger, isNumber } from '../query/number.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../query/value.js';
import type { VersionRuleName } from '../versions.js';
import type { CommandContext } from './context.js';

/** Typed access to the fields of a command or of a statement; errors are worded as the server's parser does. */

const wrongType = (path: string, value: Maybe, expected: string): never => {
  throw new CommandError(
    'TypeMismatch',
    `BSON field '${path}' is the wrong type '${typeName(value)}', expected type '${expected}'`,
  );
};

const missing = (path: string): never => {
  throw new CommandError(40414, `BSON field '${path}' is missing but a required field`);
};

/** null stands for an absent option, as in most of the server's optional fields. */
const given = (fields: Doc, name: string): Value | undefined => {
  const value = fields.get(name);
  return value === null ? undefined : value;
};

export const docField = (command: string, fields: Doc, name: string): Doc | undefined => {
  const value = given(fields, name);
  if (value === undefined || isDoc(value)) return value;
  return wrongType(`${command}.${name}`, value, 'object');
};

export const requiredDoc = (command: string, fields: Doc, name: string): Doc =>
  docField(command, fields, name) ?? missing(`${command}.${name}`);

export const arrayField = (command: string, fields: Doc, name: string): readonly Value[] | undefined => {
  const value = given(fields, name);
  if (value === undefined || isArray(value)) return value;
  return wrongType(`${command}.${name}`, value, 'array');
};

export const requiredArray = (command: string, fields: Doc, name: string): readonly Value[] =>
  arrayField(command, fields, name) ?? missing(`${command}.${name}`);

export const stringField = (command: string, fields: Doc, name: string): string | undefined => {
  const value = given(fields, name);
  if (value === undefined || typeof value === 'string') return value;
  return wrongType(`${command}.${name}`, value, 'string');
};

export const requiredString = (command: string, fields: Doc, name: string): string =>
  stringField(command, fields, name) ?? missing(`${command}.${name}`);

/** Booleans; numbers count as true unless zero. */
export const boolField = (command: string, fields: Doc, name: string, fallback = false): boolean => {
  const value = given(fields, name);
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  return isNumber(value) ? asDouble(value) !== 0 : wrongType(`${command}.${name}`, value, 'bool');
};

/** A non-negative integer. */
export const countField = (command: string, fields: Doc, name: string): number | undefined => {
  const value = given(fields, name);
  if (value === undefined) return undefined;
  if (!isNumber(value)) return wrongType(`${command}.${name}`, value, 'long');
  const number = Number(exactInteger(value) ?? BigInt(Math.trunc(asDouble(value)) || 0));
  if (number < 0) {
    throw new CommandError(51024, `BSON field '${name}' value must be >= 0, actual value '${number}'`);
  }
  return number;
};

/** A hint: name of an index or its keys. */
export const hintField = (command: string, fields: Doc): Value | undefined => {
  const value = given(fields, 'hint');
  if (value === undefined || typeof value === 'string' || isDoc(value)) return value;
  throw new CommandError('FailedToParse', `Hint must be a string or an object in ${command}`);
};

/** The collection a command names: the value of its first field. */
export const collectionName = (name: string, body: Doc): string => {
  const value = body.get(name);
  if (typeof value !== 'string') {
    throw new CommandError('InvalidNamespace', `collection name has invalid type ${typeName(value)}`);
  }
  if (value === '') throw new CommandError('InvalidNamespace', `Invalid namespace specified`);
  return value;
};

/** Refuses a field that this version does not have yet. */
export const gateField = (
  { version }: CommandContext,
  rule: VersionRuleName,
  command: string,
  fields: Doc,
  name: string,
): void => {
  if (fields.has(name) && !version.has(rule)) {
    throw new CommandError(40415, `BSON field '${command}.${name}' is an unknown field.`);
  }
};

/** `let` before 5.0: each command had a wording of its own. */
const UNKNOWN_LET: Readonly<Record<string, readonly [ErrorName | number, string]>> = {
  aggregate: ['FailedToParse', "unrecognized field 'let'"],
  find: ['FailedToParse', "Failed to parse: Unrecognized field 'let'."],
  findAndModify: [40415, "BSON field 'let' is an unknown field."],
};

/** `let` of a command; refused before 5.0. */
export const letField = (context: CommandContext, command: string, body: Doc): Doc | undefined => {
  const wording = UNKNOWN_LET[command];
  if (wording !== undefined && body.has('let') && !context.version.has('letVariables')) {
    throw new CommandError(wording[0], wording[1]);
  }
  gateField(context, 'letVariables', command, body, 'let');
  return docField(command, body, 'let');
};

/** Refuses fields of a statement that nobody knows. */
export const checkKnown = (path: string, fields: Doc, known: ReadonlySet<string>): void => {
  for (const name of fields.keys()) {
    if (!known.has(name)) throw new CommandError(40415, `BSON field '${path}.${name}' is an unknown field.`);
  }
};
