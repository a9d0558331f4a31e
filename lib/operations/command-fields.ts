import type { BuildTarget } from './operation.js';

/** Servers from this wire version (8.2) on know `rawData`; older ones would refuse the field. */
const RAW_DATA_FROM_WIRE_VERSION = 27;

/** Options that many commands share, under the names they have on the wire. */
export interface CommandFields {
  /** Any BSON value that helps to find the command in logs and the profiler. Strings only before server 4.4. */
  readonly comment?: unknown;
  /** Milliseconds the server may spend on the command; `timeoutMS` bounds the whole operation instead. */
  readonly maxTimeMS?: number | undefined;
  /** Work on the buckets of a time-series collection as they are stored. Servers 8.2 and later; left out for others. */
  readonly rawData?: boolean | undefined;
}

/** Copies the named options that are present; `undefined` counts as absent. */
export const putFields = <TOptions extends object>(
  body: Record<string, unknown>,
  options: TOptions,
  names: readonly (keyof TOptions & string)[],
): void => {
  for (const name of names) {
    const value = options[name];
    if (value !== undefined) body[name] = value;
  }
};

/** Adds `rawData` where it was asked for and the server knows it. */
export const putRawData = (
  body: Record<string, unknown>,
  options: CommandFields,
  target: BuildTarget,
): void => {
  if (options.rawData !== undefined && target.limits.maxWireVersion >= RAW_DATA_FROM_WIRE_VERSION) {
    body['rawData'] = options.rawData;
  }
};
