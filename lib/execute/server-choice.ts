import type { Operation } from '../operations/operation.js';
import { ReadPreference } from '../options/read-preference.js';
import { WRITABLE_SELECTOR, type ServerSelector } from '../topology/selection/server-selector.js';
import type { ExecuteOptions } from './execute-options.js';
import type { Run } from './run.js';

/** Which servers an operation may go to. */
export const selectorFor = ({ operation, options, transaction }: Run): ServerSelector => {
  const address = transaction?.pin?.address ?? options.pin;
  if (address !== undefined) return { kind: 'address', address };
  if (operation.access === 'write') return WRITABLE_SELECTOR;
  const readPreference = options.readPreference ?? ReadPreference.PRIMARY;
  const since = operation.readPreferenceFromWireVersion;
  return since === undefined
    ? { kind: 'read', readPreference }
    : { kind: 'write-read', readPreference, minWireVersion: since };
};

/** A read that writes goes to the primary of older deployments, whatever was asked for (CRUD specification, "$out"). */
export const effectiveReadPreference = (
  operation: Operation<unknown>,
  { readPreference = ReadPreference.PRIMARY }: ExecuteOptions,
  maxWireVersion: number,
): ReadPreference =>
  maxWireVersion < (operation.readPreferenceFromWireVersion ?? 0) ? ReadPreference.PRIMARY : readPreference;
