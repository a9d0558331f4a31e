import { CommandError } from '../command-error.js';
import { typeName } from '../query/bson-type.js';
import { parseCollation } from '../query/collation.js';
import { truthy } from '../query/expression/truth.js';
import { asDouble, isNumber, truncatedInteger } from '../query/number.js';
import { isArray, isDoc, type Doc, type Maybe, type Value } from '../query/value.js';
import type { CappedLimits } from './collection-access.js';

const KEPT = [
  'capped',
  'size',
  'max',
  'autoIndexId',
  'storageEngine',
  'validator',
  'validationLevel',
  'validationAction',
  'indexOptionDefaults',
  'viewOn',
  'pipeline',
  'collation',
  'changeStreamPreAndPostImages',
  'timeseries',
  'expireAfterSeconds',
  'clusteredIndex',
  'encryptedFields',
  'temp',
];

const mustBe = (name: string, value: Maybe, type: string, holds: boolean): void => {
  if (value !== undefined && !holds) {
    throw new CommandError(
      'TypeMismatch',
      `BSON field 'create.${name}' is the wrong type '${typeName(value)}', expected type '${type}'`,
    );
  }
};

const clusteredIndex = (value: Doc): Doc => {
  const key = value.get('key');
  if (!isDoc(key) || key.size !== 1 || !key.has('_id')) {
    throw new CommandError(
      'InvalidIndexSpecificationOption',
      'The clusteredIndex option is only supported for a key of {_id: 1}',
    );
  }
  if (value.get('unique') !== true) {
    throw new CommandError(
      'InvalidIndexSpecificationOption',
      'The clusteredIndex option requires unique: true to be specified',
    );
  }
  return new Map<string, Value>([
    ['v', value.get('v') ?? 2],
    ['key', key],
    ['name', value.get('name') ?? '_id_'],
    ['unique', true],
  ]);
};

const timeseries = (value: Doc): Doc => {
  if (typeof value.get('timeField') !== 'string') {
    throw new CommandError(40414, "BSON field 'create.timeseries.timeField' is missing but a required field");
  }
  const result = new Map(value);
  if (!result.has('granularity') && !result.has('bucketMaxSpanSeconds')) result.set('granularity', 'seconds');
  if (!result.has('bucketMaxSpanSeconds')) {
    const spans: Readonly<Record<string, number>> = { seconds: 3600, minutes: 86400, hours: 2592000 };
    result.set('bucketMaxSpanSeconds', spans[String(result.get('granularity'))] ?? 3600);
  }
  return result;
};

/** Options of the create command as they are kept and listed; wrong ones are refused. */
export const parseCollectionOptions = (command: Doc): Doc => {
  const options: Doc = new Map();
  for (const name of KEPT) {
    const value = command.get(name);
    if (value !== undefined) options.set(name, value);
  }
  mustBe(
    'capped',
    options.get('capped'),
    'bool',
    typeof options.get('capped') === 'boolean' || isNumber(options.get('capped')),
  );
  for (const name of ['size', 'max', 'expireAfterSeconds']) {
    mustBe(name, options.get(name), 'number', isNumber(options.get(name)) || name === 'expireAfterSeconds');
  }
  for (const name of [
    'validator',
    'collation',
    'timeseries',
    'changeStreamPreAndPostImages',
    'storageEngine',
  ]) {
    mustBe(name, options.get(name), 'object', isDoc(options.get(name)));
  }
  mustBe('viewOn', options.get('viewOn'), 'string', typeof options.get('viewOn') === 'string');
  mustBe('pipeline', options.get('pipeline'), 'array', isArray(options.get('pipeline')));
  if (options.has('capped') && !truthy(options.get('capped'))) options.delete('capped');
  if (options.get('capped') !== undefined && !options.has('size')) {
    throw new CommandError('InvalidOptions', "the 'size' field is required when 'capped' is true");
  }
  if (!options.has('capped') && (options.has('size') || options.has('max'))) {
    if (options.has('size'))
      throw new CommandError(
        'InvalidOptions',
        "the 'capped' field needs to be true when either the 'size' or 'max' fields are present",
      );
    options.delete('max');
  }
  if (options.has('pipeline') && !options.has('viewOn')) {
    throw new CommandError('InvalidOptions', "'pipeline' requires 'viewOn' to also be specified");
  }
  const collation = parseCollation(options.get('collation'));
  if (collation === undefined) options.delete('collation');
  else options.set('collation', collation.specification);
  const clustered = options.get('clusteredIndex');
  if (isDoc(clustered)) options.set('clusteredIndex', clusteredIndex(clustered));
  const series = options.get('timeseries');
  if (isDoc(series)) options.set('timeseries', timeseries(series));
  return options;
};

/** The limits of a capped collection; the size is rounded up to a multiple of 256 bytes. */
export const cappedLimits = (options: Doc): CappedLimits | undefined => {
  if (!options.has('capped')) return undefined;
  const size = options.get('size');
  const max = options.get('max');
  const bytes = isNumber(size) ? asDouble(size) : 0;
  const count = isNumber(max) ? Number(truncatedInteger(max)) : 0;
  return { size: Math.max(4096, Math.ceil(bytes / 256) * 256), max: count > 0 ? count : undefined };
};
