import { CommandError } from '../command-error.js';
import { equal } from '../query/bson-order.js';
import { typeName } from '../query/bson-type.js';
import { parseCollation, type Collation } from '../query/collation.js';
import { PLAIN_EVALUATION } from '../query/evaluation.js';
import { truthy } from '../query/expression/truth.js';
import { compileFilter } from '../query/matcher.js';
import { asDouble, isNumber } from '../query/number.js';
import { docText } from '../query/text.js';
import { isDoc, type Doc, type Maybe, type Value } from '../query/value.js';

/** An index as createIndexes asks for it, checked. */
export interface IndexSpec {
  readonly name: string;
  readonly key: Doc;
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partialFilter: Doc | undefined;
  readonly collation: Collation | undefined;
  /** The specification as listIndexes shows it. */
  readonly document: Doc;
}

const OPTIONS = new Set([
  'v',
  'key',
  'name',
  'ns',
  'background',
  'unique',
  'sparse',
  'partialFilterExpression',
  'expireAfterSeconds',
  'collation',
  'hidden',
  'prepareUnique',
  'clustered',
  'dropDups',
  'storageEngine',
  'weights',
  'default_language',
  'language_override',
  'textIndexVersion',
  '2dsphereIndexVersion',
  'bits',
  'min',
  'max',
  'bucketSize',
  'wildcardProjection',
  'columnstoreProjection',
]);

const PLUGINS = new Set(['2d', '2dsphere', 'text', 'hashed', 'wildcard', 'columnstore']);

const cannot = (message: string): never => {
  throw new CommandError('CannotCreateIndex', message);
};

const checkKey = (key: Doc): void => {
  if (key.size === 0) cannot('Index keys cannot be an empty object.');
  for (const [field, value] of key) {
    if (field === '') cannot('Index keys cannot be an empty field.');
    if (field.startsWith('$') && !field.startsWith('$**')) {
      cannot(`Index key contains an illegal field name: field name starts with '$'.`);
    }
    if (field.split('.').some((part) => part === '')) cannot(`Index keys cannot contain an empty field.`);
    if (typeof value === 'string') {
      if (!PLUGINS.has(value)) cannot(`Unknown index plugin '${value}'`);
    } else if (isNumber(value)) {
      if (asDouble(value) === 0) cannot('Values in the index key pattern cannot be 0.');
      if (Number.isNaN(asDouble(value))) cannot('Values in the index key pattern cannot be NaN.');
    } else {
      cannot(
        `Values in v:2 index key pattern cannot be of type ${typeName(value)}. Only numbers > 0, numbers < 0, and strings are allowed.`,
      );
    }
  }
};

const partialFilterOf = (value: Maybe, sparse: boolean): Doc | undefined => {
  if (value === undefined) return undefined;
  if (!isDoc(value)) {
    throw new CommandError('TypeMismatch', "The field 'partialFilterExpression' must be an object");
  }
  if (sparse) cannot('cannot mix "partialFilterExpression" and "sparse" options');
  compileFilter(value, PLAIN_EVALUATION);
  return value;
};

const checkExpiry = (value: Maybe, key: Doc): void => {
  if (value === undefined) return;
  if (!isNumber(value)) {
    cannot(
      `TTL index 'expireAfterSeconds' option must be numeric, but received a type of '${typeName(value)}'`,
    );
  } else if (asDouble(value) < 0 || asDouble(value) > 2147483647) {
    cannot(`TTL index 'expireAfterSeconds' option must be within an acceptable range, try a lower number`);
  }
  if (key.size > 1) cannot('TTL indexes are single-field indexes, compound indexes do not support TTL.');
  if (key.has('_id')) {
    throw new CommandError(
      'InvalidIndexSpecificationOption',
      "The field 'expireAfterSeconds' is not valid for an _id index specification.",
    );
  }
};

/** A text index is listed with the fields of its full-text key and all its defaults. */
const withDefaults = (document: Doc, key: Doc): void => {
  const text = [...key].filter(([, value]) => value === 'text');
  if (text.length > 0) {
    const others = [...key].filter(([, value]) => value !== 'text');
    document.set('key', new Map<string, Value>([['_fts', 'text'], ['_ftsx', 1], ...others]));
    const weights = document.get('weights');
    const all: Doc = new Map<string, Value>(text.map(([field]) => [field, 1]));
    if (isDoc(weights)) for (const [field, weight] of weights) all.set(field, weight);
    document.delete('weights');
    document.set('weights', all);
    for (const [name, value] of [
      ['default_language', 'english'],
      ['language_override', 'language'],
      ['textIndexVersion', 3],
    ] as const) {
      if (!document.has(name)) document.set(name, value);
    }
  }
  if ([...key.values()].includes('2dsphere') && !document.has('2dsphereIndexVersion')) {
    document.set('2dsphereIndexVersion', 3);
  }
};

const nameOf = (value: Maybe): string => {
  if (value === undefined) {
    throw new CommandError(
      'FailedToParse',
      "The 'name' field is a required property of an index specification",
    );
  }
  if (typeof value !== 'string') {
    throw new CommandError('TypeMismatch', `The field 'name' must be a string, but got ${typeName(value)}`);
  }
  if (value === '') return cannot('The index name cannot be empty');
  if (value === '*') throw new CommandError('BadValue', "The index name '*' is not valid.");
  return value;
};

/** Reads one element of `indexes`. `inherited` is the collection's own collation. */
export const parseIndexSpec = (specification: Doc, inherited: Collation | undefined): IndexSpec => {
  const key = specification.get('key');
  if (key === undefined) {
    throw new CommandError(
      'FailedToParse',
      "The 'key' field is a required property of an index specification",
    );
  }
  if (!isDoc(key)) {
    throw new CommandError('TypeMismatch', `The field 'key' must be an object, but got ${typeName(key)}`);
  }
  checkKey(key);
  for (const option of specification.keys()) {
    if (!OPTIONS.has(option)) {
      throw new CommandError(
        'InvalidIndexSpecificationOption',
        `The field '${option}' is not valid for an index specification. Specification: ${docText(specification)}`,
      );
    }
  }
  const name = nameOf(specification.get('name'));
  const unique = truthy(specification.get('unique'));
  const sparse = truthy(specification.get('sparse'));
  const partialFilter = partialFilterOf(specification.get('partialFilterExpression'), sparse);
  checkExpiry(specification.get('expireAfterSeconds'), key);
  const given = specification.get('collation');
  const collation = given === undefined ? inherited : parseCollation(given);
  const document: Doc = new Map<string, Value>([
    ['v', specification.get('v') ?? 2],
    ['key', key],
    ['name', name],
  ]);
  for (const [option, value] of specification) {
    if (['v', 'key', 'name', 'ns', 'background', 'dropDups', 'collation'].includes(option)) continue;
    if ((option === 'unique' || option === 'sparse' || option === 'hidden') && !truthy(value)) continue;
    document.set(option, option === 'unique' || option === 'sparse' ? true : value);
  }
  if (collation !== undefined) document.set('collation', collation.specification);
  withDefaults(document, key);
  return { name, key, unique, sparse, partialFilter, collation, document };
};

/** An index of another member again, from how it is listed. */
export const storedIndexSpec = (document: Doc): IndexSpec => {
  const [key, filter] = [document.get('key'), document.get('partialFilterExpression')];
  return {
    name: String(document.get('name')),
    key: isDoc(key) ? key : new Map(),
    unique: truthy(document.get('unique')),
    sparse: truthy(document.get('sparse')),
    partialFilter: isDoc(filter) ? filter : undefined,
    collation: parseCollation(document.get('collation')),
    document,
  };
};

const sameOptional = (a: Maybe, b: Maybe): boolean =>
  a === undefined || b === undefined ? a === b : equal(a, b);

/** What makes two indexes the same index under another name: key, collation, filter, since 5.0 also unique and sparse. */
const sameSignature = (a: IndexSpec, b: IndexSpec): boolean =>
  equal(a.key, b.key) &&
  a.collation === b.collation &&
  sameOptional(a.partialFilter, b.partialFilter) &&
  a.unique === b.unique &&
  a.sparse === b.sparse;

const sameDocument = (a: IndexSpec, b: IndexSpec): boolean => {
  const strip = (document: Doc): Doc =>
    new Map([...document].filter(([name]) => name !== 'name').sort(([x], [y]) => (x < y ? -1 : 1)));
  return equal(strip(a.document), strip(b.document));
};

/**
 * Compares a requested index with one that exists: `identical` means nothing is to be done, undefined that they do not
 * touch each other. Codes 85 and 86 as the server's index catalog gives them.
 */
export const checkAgainst = (requested: IndexSpec, existing: IndexSpec): 'identical' | undefined => {
  const texts = `Requested index: ${docText(requested.document)}, existing index: ${docText(existing.document)}`;
  const equivalent =
    equal(requested.key, existing.key) &&
    requested.collation === existing.collation &&
    sameOptional(requested.partialFilter, existing.partialFilter);
  if (requested.name === existing.name) {
    if (sameDocument(requested, existing)) return 'identical';
    if (equivalent && requested.unique === existing.unique && requested.sparse === existing.sparse) {
      throw new CommandError(
        'IndexOptionsConflict',
        `An equivalent index already exists with the same name but different options. ${texts}`,
      );
    }
    throw new CommandError(
      'IndexKeySpecsConflict',
      'An existing index has the same name as the requested index. When index names are not specified, they are auto ' +
        `generated and can cause conflicts. Please refer to our documentation. ${texts}`,
    );
  }
  if (!sameSignature(requested, existing)) return undefined;
  throw new CommandError(
    'IndexOptionsConflict',
    sameDocument(requested, existing)
      ? `Index already exists with a different name: ${existing.name}`
      : `An equivalent index already exists with a different name and options. ${texts}`,
  );
};
