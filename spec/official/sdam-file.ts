import { readFileSync } from 'node:fs';
import { EJSON } from 'bson';
import type { Document } from '../../lib/bson/document.js';
import { ConnectionFailure, NetworkTimeout } from '../../lib/core/errors/connection.js';
import { commandError } from '../../lib/operations/server-error.js';
import { parseConnectionString } from '../../lib/options/connection-string.js';
import { labelOverload } from '../../lib/pool/overload-labels.js';
import { DEFAULT_POOL_SETTINGS } from '../../lib/pool/pool-options.js';
import type { TopologySettings } from '../../lib/topology/topology-options.js';

/** A failure as an operation meets it. */
export interface ApplicationError {
  readonly address: string;
  readonly generation?: number;
  readonly maxWireVersion: number;
  readonly when: 'beforeHandshakeCompletes' | 'afterHandshakeCompletes';
  readonly type: 'command' | 'network' | 'timeout';
  readonly response?: Document;
}

export interface Phase {
  readonly description?: string;
  readonly responses?: readonly (readonly [string, Document])[];
  readonly applicationErrors?: readonly ApplicationError[];
  readonly outcome: Document;
}

/** A test file of discovery and monitoring that is not in the unified format. */
export interface SdamFile {
  readonly description: string;
  readonly uri: string;
  readonly phases: readonly Phase[];
}

export const readSdamFile = (path: string): SdamFile => EJSON.parse(readFileSync(path, 'utf8')) as SdamFile;

/** The part of the client's options that discovery works with. Checks have no limit of time: the files decide. */
export const settingsOf = (uri: string): TopologySettings => {
  const { hosts, options } = parseConnectionString(uri);
  return {
    seeds: hosts.map(String),
    directConnection: options['directConnection'] === true,
    loadBalanced: options['loadBalanced'] === true,
    replicaSet: (options['replicaSet'] as string | undefined) ?? null,
    heartbeatFrequencyMS: 10_000,
    localThresholdMS: 15,
    connectTimeoutMS: 0,
    serverSelectionTimeoutMS: 30_000,
    pool: DEFAULT_POOL_SETTINGS,
  };
};

/** The error an operation would have met, with the labels that the pool adds while it establishes connections. */
export const applicationError = ({ address, type, when, response }: ApplicationError): Error => {
  const phase = when === 'beforeHandshakeCompletes' ? 'hello' : 'in-use';
  if (type === 'command')
    return commandError(response!, { command: 'insert', namespace: 'db.coll', address });
  const error =
    type === 'timeout'
      ? new NetworkTimeout('mock timeout', { address, phase })
      : new ConnectionFailure('mock network error', { address, phase });
  if (phase === 'hello') labelOverload(error);
  return error;
};

/** What a check of a server comes to: `{}` stands for a network error, `ok: 0` for a refusal. */
export const checkOutcome = (address: string, response: Document): Document | Error => {
  if (Object.keys(response).length === 0) {
    return new ConnectionFailure('mock network error', { address, phase: 'tcp' });
  }
  if (Number(response['ok']) === 1) return response;
  return commandError(response, { command: 'hello', namespace: 'admin', address });
};
