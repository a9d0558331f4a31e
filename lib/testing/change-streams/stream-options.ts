import { Timestamp } from 'bson';
import { CommandError } from '../command-error.js';
import { typeName } from '../query/bson-type.js';
import { isDoc, type Doc, type Maybe, type Value } from '../query/value.js';
import type { ServerVersion } from '../versions.js';
import { readResumeToken, type StreamPosition } from './resume-token.js';

const FULL_DOCUMENT = ['default', 'updateLookup', 'whenAvailable', 'required'] as const;
const BEFORE_CHANGE = ['off', 'whenAvailable', 'required'] as const;

/** The operand of `$changeStream`. */
export interface StreamOptions {
  readonly fullDocument: (typeof FULL_DOCUMENT)[number];
  readonly fullDocumentBeforeChange: (typeof BEFORE_CHANGE)[number];
  readonly showExpandedEvents: boolean;
  readonly allChangesForCluster: boolean;
  readonly resumeAfter: StreamPosition | undefined;
  readonly startAfter: StreamPosition | undefined;
  readonly startAtOperationTime: Timestamp | undefined;
}

const FIELDS = [
  'fullDocument',
  'fullDocumentBeforeChange',
  'resumeAfter',
  'startAfter',
  'startAtOperationTime',
  'allChangesForCluster',
  'showExpandedEvents',
  'showMigrationEvents',
  'showSystemEvents',
  'showRawUpdateDescription',
  'matchCollectionUUIDForUpdateLookup',
];

const wrongType = (field: string, value: Maybe, expected: string): CommandError =>
  new CommandError(
    'TypeMismatch',
    `BSON field '$changeStream.${field}' is the wrong type '${typeName(value)}', expected type '${expected}'`,
  );

const choice = <T extends string>(fields: Doc, field: string, allowed: readonly T[], fallback: T): T => {
  const value = fields.get(field);
  if (value === undefined) return fallback;
  if (typeof value !== 'string') throw wrongType(field, value, 'string');
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  throw new CommandError(
    'BadValue',
    `Enumeration value '${value}' for field '$changeStream.${field}' is not a valid value.`,
  );
};

const flag = (fields: Doc, field: string): boolean => {
  const value = fields.get(field) ?? false;
  if (typeof value !== 'boolean') throw wrongType(field, value, 'bool');
  return value;
};

const checkFields = (fields: Doc, version: ServerVersion): void => {
  const later = version.has('expandedEvents') ? [] : ['showExpandedEvents', 'fullDocumentBeforeChange'];
  for (const field of fields.keys()) {
    if (!FIELDS.includes(field) || later.includes(field)) {
      throw new CommandError(40415, `BSON field '$changeStream.${field}' is an unknown field.`);
    }
  }
};

const checkStart = (fields: Doc): void => {
  if (fields.has('resumeAfter') && fields.has('startAfter')) {
    throw new CommandError(
      50865,
      "Do not specify both 'resumeAfter' and 'startAfter' in a $changeStream stage",
    );
  }
  if (fields.has('startAtOperationTime') && (fields.has('resumeAfter') || fields.has('startAfter'))) {
    throw new CommandError(
      40674,
      "Only one type of resume option is allowed, but multiple were found: 'startAtOperationTime' and a resume token",
    );
  }
};

/** Reads the operand of `$changeStream`; contradictions and unknown fields are refused. */
export const readStreamOptions = (operand: Value, version: ServerVersion): StreamOptions => {
  if (!isDoc(operand)) {
    throw new CommandError(
      50808,
      `$changeStream stage expects a document as argument, found: ${typeName(operand)}`,
    );
  }
  checkFields(operand, version);
  checkStart(operand);
  const token = (field: string): StreamPosition | undefined =>
    operand.has(field) ? readResumeToken(operand.get(field)) : undefined;
  const resumeAfter = token('resumeAfter');
  if (resumeAfter?.kind === 'invalidate') {
    throw new CommandError(
      'InvalidResumeToken',
      "Attempting to resume a change stream using 'resumeAfter' is not allowed from an invalidate notification.",
    );
  }
  const startAtOperationTime = operand.get('startAtOperationTime');
  if (startAtOperationTime !== undefined && !(startAtOperationTime instanceof Timestamp)) {
    throw wrongType('startAtOperationTime', startAtOperationTime, 'timestamp');
  }
  const images = version.has('preImages');
  return {
    fullDocument: choice(
      operand,
      'fullDocument',
      images ? FULL_DOCUMENT : FULL_DOCUMENT.slice(0, 2),
      'default',
    ),
    fullDocumentBeforeChange: choice(operand, 'fullDocumentBeforeChange', BEFORE_CHANGE, 'off'),
    showExpandedEvents: flag(operand, 'showExpandedEvents'),
    allChangesForCluster: flag(operand, 'allChangesForCluster'),
    resumeAfter,
    startAfter: token('startAfter'),
    startAtOperationTime,
  };
};
