import { isArray, isDoc, type Doc, type Value } from './value.js';
import { toRegExp } from './regex.js';
import {
  refuse,
  details,
  typeCheck,
  boundCheck,
  countCheck,
  lengthOf,
  itemsOf,
  fieldsOf,
  docOperand,
  stringsOperand,
  uniqueItemsCheck,
  multipleOfCheck,
  patternCheck,
  enumCheck,
  type Check,
} from './schema-checks.js';

/** `$jsonSchema` with the keywords of draft 4 that the server supports (manual: "$jsonSchema", "Available Keywords"). */
export interface Schema {
  test(doc: Doc): boolean;
  /** The rules that the document breaks, as the `details` of a validation error. */
  explain(doc: Doc): Doc;
}

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
