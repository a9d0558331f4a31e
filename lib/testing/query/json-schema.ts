import { CommandError } from '../command-error.js';
import { compare, equal, keyOf } from './bson-order.js';
import { TYPE_ALIASES, typeName } from './bson-type.js';
import { exactInteger, isNumber, asDecimal, type NumberValue } from './number.js';
import { remainderOfDecimals } from './decimal.js';
import { toRegExp } from './regex.js';
import { isArray, isDoc, type Doc, type Value } from './value.js';

/**
 * `$jsonSchema` with the keywords of draft 4 that the server supports (manual: "$jsonSchema", "Available Keywords").
 * A check answers what failed in the form the server puts into `errInfo`, or undefined.
 */
type Check = (value: Value) => Doc | undefined;

export interface Schema {
  test(doc: Doc): boolean;
  /** The rules that the document breaks, as the `details` of a validation error. */
  explain(doc: Doc): Doc;
}

const refuse = (message: string): never => {
  throw new CommandError('FailedToParse', message);
};

const details = (keyword: string, operand: Value, reason: string, value: Value): Doc =>
  new Map<string, Value>([
    ['operatorName', keyword],
    ['specifiedAs', new Map([[keyword, operand]])],
    ['reason', reason],
    ['consideredValue', value],
  ]);

const JSON_TYPES: ReadonlyMap<string, readonly string[]> = new Map([
  ['object', ['object']],
  ['array', ['array']],
  ['number', ['double', 'int', 'long', 'decimal']],
  ['boolean', ['bool']],
  ['string', ['string']],
  ['null', ['null']],
]);

const typeCheck = (keyword: string, operand: Value): Check => {
  const allowed = new Set<string>();
  for (const name of isArray(operand) ? operand : [operand]) {
    if (typeof name !== 'string')
      return refuse(`$jsonSchema keyword '${keyword}' must name types as strings`);
    if (keyword === 'type') {
      if (name === 'integer') return refuse("$jsonSchema type 'integer' is not currently supported.");
      const names = JSON_TYPES.get(name);
      if (names === undefined) throw new CommandError('BadValue', `Unknown type name alias: ${name}`);
      names.forEach((type) => allowed.add(type));
    } else if (name === 'number') JSON_TYPES.get('number')?.forEach((type) => allowed.add(type));
    else {
      if (!TYPE_ALIASES.has(name)) throw new CommandError('BadValue', `Unknown type name alias: ${name}`);
      allowed.add(name);
    }
  }
  return (value) =>
    allowed.has(typeName(value))
      ? undefined
      : details(keyword, operand, 'type did not match', value).set('consideredType', typeName(value));
};

const numberOperand = (keyword: string, operand: Value | undefined): NumberValue =>
  isNumber(operand) ? operand : refuse(`$jsonSchema keyword '${keyword}' must be a number`);

const boundCheck = (keyword: 'minimum' | 'maximum', operand: Value, schema: Doc): Check => {
  const bound = numberOperand(keyword, operand);
  const exclusive = schema.get(keyword === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum') === true;
  return (value) => {
    if (!isNumber(value)) return undefined;
    const order = keyword === 'minimum' ? compare(value, bound) : compare(bound, value);
    return order > 0 || (order === 0 && !exclusive)
      ? undefined
      : details(keyword, operand, 'comparison failed', value);
  };
};

const countCheck = (keyword: string, operand: Value, count: (value: Value) => number | undefined): Check => {
  const bound = exactInteger(operand);
  if (bound === undefined || bound < 0n)
    return refuse(`$jsonSchema keyword '${keyword}' must be a non-negative integer`);
  const most = keyword.startsWith('max');
  return (value) => {
    const size = count(value);
    if (size === undefined || (most ? size <= bound : size >= bound)) return undefined;
    return details(keyword, operand, 'specified count was not satisfied', value);
  };
};

const lengthOf = (value: Value): number | undefined =>
  typeof value === 'string' ? [...value].length : undefined;
const itemsOf = (value: Value): number | undefined => (isArray(value) ? value.length : undefined);
const fieldsOf = (value: Value): number | undefined => (isDoc(value) ? value.size : undefined);

const docOperand = (keyword: string, operand: Value): Doc =>
  isDoc(operand) ? operand : refuse(`$jsonSchema keyword '${keyword}' must be an object`);

const stringsOperand = (keyword: string, operand: Value): readonly string[] =>
  isArray(operand) && operand.every((item) => typeof item === 'string')
    ? operand
    : refuse(`$jsonSchema keyword '${keyword}' must be an array of strings`);

const requiredCheck = (operand: Value): Check => {
  const names = stringsOperand('required', operand);
  if (names.length === 0) return refuse("$jsonSchema keyword 'required' cannot be an empty array");
  return (value) => {
    if (!isDoc(value)) return undefined;
    const missing = names.filter((name) => !value.has(name));
    if (missing.length === 0) return undefined;
    return new Map<string, Value>([
      ['operatorName', 'required'],
      ['specifiedAs', new Map([['required', operand]])],
      ['missingProperties', missing],
    ]);
  };
};

/** Failures of a field's own schema, with its title and description in front. */
const fieldFailure = (name: string, schema: Value | undefined, failures: readonly Doc[]): Doc => {
  const failure: Doc = new Map<string, Value>([['propertyName', name]]);
  for (const key of ['title', 'description']) {
    const text = isDoc(schema) ? schema.get(key) : undefined;
    if (text !== undefined) failure.set(key, text);
  }
  return failure.set('details', failures);
};

const propertiesCheck = (operand: Value): Check => {
  const schemas = [...docOperand('properties', operand)].map(
    ([name, schema]) => [name, schema, compileChecks(docOperand(name, schema))] as const,
  );
  return (value) => {
    if (!isDoc(value)) return undefined;
    const failed: Doc[] = [];
    for (const [name, schema, checks] of schemas) {
      const field = value.get(name);
      const failures = field === undefined ? [] : runChecks(checks, field);
      if (failures.length > 0) failed.push(fieldFailure(name, schema, failures));
    }
    if (failed.length === 0) return undefined;
    return new Map<string, Value>([
      ['operatorName', 'properties'],
      ['propertiesNotSatisfied', failed],
    ]);
  };
};

const patternsOf = (schema: Doc): readonly (readonly [RegExp, readonly Check[]])[] => {
  const patterns = schema.get('patternProperties');
  if (patterns === undefined) return [];
  return [...docOperand('patternProperties', patterns)].map(([pattern, inner]) => [
    toRegExp(pattern, ''),
    compileChecks(docOperand(pattern, inner)),
  ]);
};

const patternPropertiesCheck = (operand: Value, schema: Doc): Check => {
  const patterns = patternsOf(schema);
  return (value) => {
    if (!isDoc(value)) return undefined;
    const failed: Doc[] = [];
    for (const [name, field] of value) {
      const failures = patterns.flatMap(([pattern, checks]) =>
        pattern.test(name) ? runChecks(checks, field) : [],
      );
      if (failures.length > 0) failed.push(fieldFailure(name, undefined, failures));
    }
    return failed.length === 0
      ? undefined
      : details('patternProperties', operand, 'pattern did not match', failed);
  };
};

const additionalPropertiesCheck = (operand: Value, schema: Doc): Check => {
  const known = new Set(isDoc(schema.get('properties')) ? (schema.get('properties') as Doc).keys() : []);
  const patterns = patternsOf(schema);
  const inner = isDoc(operand) ? compileChecks(operand) : undefined;
  if (inner === undefined && typeof operand !== 'boolean') {
    return refuse("$jsonSchema keyword 'additionalProperties' must be either an object or a boolean");
  }
  return (value) => {
    if (!isDoc(value) || operand === true) return undefined;
    const extra = [...value.keys()].filter(
      (name) =>
        !known.has(name) &&
        !patterns.some(([pattern]) => pattern.test(name)) &&
        (inner === undefined || runChecks(inner, value.get(name) ?? null).length > 0),
    );
    if (extra.length === 0) return undefined;
    return new Map<string, Value>([
      ['operatorName', 'additionalProperties'],
      ['specifiedAs', new Map([['additionalProperties', operand]])],
      ['additionalProperties', extra],
    ]);
  };
};

const itemsCheck = (operand: Value, schema: Doc): Check => {
  const additional = schema.get('additionalItems');
  const each = isDoc(operand) ? compileChecks(operand) : undefined;
  const positional = isArray(operand) ? operand.map((item) => compileChecks(docOperand('items', item))) : [];
  const rest = isDoc(additional) ? compileChecks(additional) : undefined;
  return (value) => {
    if (!isArray(value)) return undefined;
    for (let i = 0; i < value.length; i += 1) {
      const item = value[i] ?? null;
      const checks = each ?? positional[i] ?? rest;
      if (checks === undefined && additional === false)
        return details('items', operand, 'found additional items', value);
      const failures = runChecks(checks ?? [], item);
      if (failures.length > 0) {
        return new Map<string, Value>([
          ['operatorName', 'items'],
          ['reason', 'At least one item did not match the sub-schema'],
          ['itemIndex', i],
          ['details', failures],
        ]);
      }
    }
    return undefined;
  };
};

const uniqueItemsCheck = (operand: Value): Check => {
  return (value) => {
    if (operand !== true || !isArray(value)) return undefined;
    const seen = new Set(value.map((item) => keyOf(item)));
    return seen.size === value.length
      ? undefined
      : details('uniqueItems', operand, 'found a duplicate item', value);
  };
};

const dependenciesCheck = (operand: Value): Check => {
  const rules = [...docOperand('dependencies', operand)].map(
    ([name, rule]) =>
      [name, isDoc(rule) ? compileChecks(rule) : [requiredCheck(rule)]] as readonly [
        string,
        readonly Check[],
      ],
  );
  return (value) => {
    if (!isDoc(value)) return undefined;
    const broken = rules.some(([name, checks]) => value.has(name) && runChecks(checks, value).length > 0);
    return broken ? details('dependencies', operand, 'a dependency was not satisfied', value) : undefined;
  };
};

const combination = (keyword: string, operand: Value): Check => {
  const schemas = keyword === 'not' ? [operand] : operand;
  if (!isArray(schemas) || schemas.length === 0)
    return refuse(`$jsonSchema keyword '${keyword}' must be an array`);
  const compiled = schemas.map((schema) => compileChecks(docOperand(keyword, schema)));
  const satisfied = (count: number): boolean => {
    if (keyword === 'allOf') return count === compiled.length;
    if (keyword === 'anyOf') return count > 0;
    return keyword === 'oneOf' ? count === 1 : count === 0;
  };
  return (value) => {
    const count = compiled.filter((checks) => runChecks(checks, value).length === 0).length;
    return satisfied(count)
      ? undefined
      : details(keyword, operand, 'schema combination was not satisfied', value);
  };
};

const multipleOfCheck = (operand: Value): Check => {
  const divisor = asDecimal(numberOperand('multipleOf', operand));
  return (value) => {
    if (!isNumber(value)) return undefined;
    const rest = remainderOfDecimals(asDecimal(value), divisor);
    const whole = rest.special === undefined && rest.coefficient === 0n;
    return whole ? undefined : details('multipleOf', operand, 'considered value is not a multiple', value);
  };
};

const patternCheck = (operand: Value): Check => {
  if (typeof operand !== 'string') return refuse("$jsonSchema keyword 'pattern' must be a string");
  const pattern = toRegExp(operand, '');
  return (value) =>
    typeof value !== 'string' || pattern.test(value)
      ? undefined
      : details('pattern', operand, 'regular expression did not match', value);
};

const enumCheck = (operand: Value): Check => {
  if (!isArray(operand) || operand.length === 0)
    return refuse("$jsonSchema keyword 'enum' must be a non-empty array");
  return (value) =>
    operand.some((item) => equal(item, value))
      ? undefined
      : details('enum', operand, 'value was not found in enum', value);
};

/** Each keyword's compiler; undefined for those that check nothing by themselves. */
const KEYWORDS: Readonly<Record<string, ((operand: Value, schema: Doc) => Check) | undefined>> = {
  bsonType: (operand) => typeCheck('bsonType', operand),
  type: (operand) => typeCheck('type', operand),
  enum: enumCheck,
  required: requiredCheck,
  properties: propertiesCheck,
  patternProperties: patternPropertiesCheck,
  additionalProperties: additionalPropertiesCheck,
  minimum: (operand, schema) => boundCheck('minimum', operand, schema),
  maximum: (operand, schema) => boundCheck('maximum', operand, schema),
  exclusiveMinimum: undefined,
  exclusiveMaximum: undefined,
  multipleOf: multipleOfCheck,
  minLength: (operand) => countCheck('minLength', operand, lengthOf),
  maxLength: (operand) => countCheck('maxLength', operand, lengthOf),
  pattern: patternCheck,
  items: itemsCheck,
  additionalItems: undefined,
  minItems: (operand) => countCheck('minItems', operand, itemsOf),
  maxItems: (operand) => countCheck('maxItems', operand, itemsOf),
  uniqueItems: uniqueItemsCheck,
  minProperties: (operand) => countCheck('minProperties', operand, fieldsOf),
  maxProperties: (operand) => countCheck('maxProperties', operand, fieldsOf),
  dependencies: dependenciesCheck,
  allOf: (operand) => combination('allOf', operand),
  anyOf: (operand) => combination('anyOf', operand),
  oneOf: (operand) => combination('oneOf', operand),
  not: (operand) => combination('not', operand),
  title: undefined,
  description: undefined,
  encrypt: undefined,
  encryptMetadata: undefined,
};

const compileChecks = (schema: Doc): readonly Check[] => {
  const checks: Check[] = [];
  for (const [keyword, operand] of schema) {
    if (!Object.hasOwn(KEYWORDS, keyword)) refuse(`Unknown $jsonSchema keyword: ${keyword}`);
    const check = KEYWORDS[keyword]?.(operand, schema);
    if (check !== undefined) checks.push(check);
  }
  return checks;
};

const runChecks = (checks: readonly Check[], value: Value): Doc[] =>
  checks.flatMap((check) => {
    const failure = check(value);
    return failure === undefined ? [] : [failure];
  });

export const compileSchema = (schema: Doc): Schema => {
  const checks = compileChecks(schema);
  return {
    test: (doc) => checks.every((check) => check(doc) === undefined),
    explain: (doc) => {
      const result: Doc = new Map<string, Value>([['operatorName', '$jsonSchema']]);
      for (const key of ['title', 'description']) {
        const text = schema.get(key);
        if (text !== undefined) result.set(key, text);
      }
      return result.set('schemaRulesNotSatisfied', runChecks(checks, doc));
    },
  };
};
