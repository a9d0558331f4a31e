import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { specDataDirectory } from '../spec-data.js';
import { compareVersions } from './version.js';

/** The newest minor of the format the runner implements. */
export const SUPPORTED_SCHEMA = '1.28';

const validators = new Map<string, ValidateFunction>();

const validatorFor = (minor: string): ValidateFunction => {
  const cached = validators.get(minor);
  if (cached) return cached;
  const path = join(specDataDirectory(), 'unified-test-format', `schema-${minor}.json`);
  const schema = JSON.parse(readFileSync(path, 'utf8')) as { $schema: string };
  const options = { strict: false, allErrors: false } as const;
  // The schemas changed from draft 7 to 2019-09 with version 1.24.
  const ajv = schema.$schema.includes('2019-09') ? new Ajv2019(options) : new Ajv(options);
  const validator = ajv.compile(schema);
  validators.set(minor, validator);
  return validator;
};

export const schemaVersions = (): string[] =>
  readdirSync(join(specDataDirectory(), 'unified-test-format'))
    .map((name) => /^schema-(\d+\.\d+)\.json$/.exec(name)?.[1])
    .filter((version) => version !== undefined)
    .sort(compareVersions);

/** Raised for a file the runner must not process ("Test Runner Support"). */
export class IncompatibleTestFile extends Error {}

/**
 * The first thing wrong with a parsed JSON file, or undefined. `file` is plain JSON, before extended JSON is applied,
 * since the schema describes the text.
 */
export const schemaFault = (file: unknown, version?: string): string | undefined => {
  const declared = version ?? (file as { schemaVersion?: unknown }).schemaVersion;
  if (typeof declared !== 'string') return 'schemaVersion is not a string';
  const [major, minor = '0'] = declared.split('.');
  if (!/^\d+$/.test(major ?? '') || !/^\d+$/.test(minor)) return `schemaVersion ${declared} is not a version`;
  if (major !== '1' || compareVersions(declared, SUPPORTED_SCHEMA) > 0)
    throw new IncompatibleTestFile(
      `schemaVersion ${declared}: this runner implements 1.0 to ${SUPPORTED_SCHEMA}`,
    );
  const validate = validatorFor(`${major}.${minor}`);
  if (validate(file)) return undefined;
  const [fault] = validate.errors ?? [];
  return `${fault?.instancePath ?? ''} ${fault?.message ?? 'does not fit the schema'}`;
};
