import { ConfigurationError } from '../core/errors/usage.js';
import {
  ReadPreference,
  type ReadPreferenceLike,
  type ReadPreferenceMode,
  type TagSet,
} from './read-preference.js';
import { WriteConcern } from './write-concern.js';
import type { OptionValues } from './query.js';

/** What combinations are judged by, beside the options themselves. */
export interface HostFacts {
  readonly srv: boolean;
  readonly hostCount: number;
}

/** Pairs that contradict each other whatever their values (uri-options specification, "Conflicting TLS options"). */
const TLS_PAIRS = [
  ['tlsInsecure', 'tlsAllowInvalidCertificates'],
  ['tlsInsecure', 'tlsAllowInvalidHostnames'],
  ['tlsInsecure', 'tlsDisableOCSPEndpointCheck'],
  ['tlsInsecure', 'tlsDisableCertificateRevocationCheck'],
  ['tlsAllowInvalidCertificates', 'tlsDisableOCSPEndpointCheck'],
  ['tlsAllowInvalidCertificates', 'tlsDisableCertificateRevocationCheck'],
  ['tlsDisableOCSPEndpointCheck', 'tlsDisableCertificateRevocationCheck'],
] as const;

/** Throws `ConfigurationError` for options that cannot be together. */
export const checkConflicts = (values: OptionValues, facts: HostFacts): void => {
  checkTopology(values, facts);
  checkSrv(values, facts);
  checkProxy(values);
  checkPool(values);
  for (const [one, other] of TLS_PAIRS) {
    if (values.has(one) && values.has(other))
      throw new ConfigurationError(`${one} and ${other} cannot be given together`);
  }
  readPreferenceOf(values);
  writeConcernOf(values);
};

const checkTopology = (values: OptionValues, { srv, hostCount }: HostFacts): void => {
  if (values.get('directConnection') === true) {
    if (srv)
      throw new ConfigurationError(
        'directConnection: true cannot be used with a mongodb+srv:// connection string',
      );
    if (hostCount > 1) throw new ConfigurationError('directConnection: true takes one host, got several');
  }
  if (values.get('loadBalanced') === true) {
    if (hostCount > 1) throw new ConfigurationError('loadBalanced: true takes one host, got several');
    if (values.has('replicaSet'))
      throw new ConfigurationError('loadBalanced: true cannot be used with replicaSet');
    if (values.get('directConnection') === true) {
      throw new ConfigurationError('loadBalanced and directConnection cannot both be true');
    }
  }
};

const checkSrv = (values: OptionValues, { srv }: HostFacts): void => {
  for (const name of ['srvServiceName', 'srvMaxHosts', 'srvAllowedHostsSuffix', 'srvHostValidator']) {
    if (!srv && values.has(name)) {
      throw new ConfigurationError(`${name} can only be used with a mongodb+srv:// connection string`);
    }
  }
  if (values.has('srvAllowedHostsSuffix') && values.has('srvHostValidator')) {
    throw new ConfigurationError('srvAllowedHostsSuffix and srvHostValidator cannot be given together');
  }
  if (((values.get('srvMaxHosts') as number | undefined) ?? 0) === 0) return;
  if (values.has('replicaSet'))
    throw new ConfigurationError('A positive srvMaxHosts cannot be used with replicaSet');
  if (values.get('loadBalanced') === true) {
    throw new ConfigurationError('A positive srvMaxHosts cannot be used with loadBalanced: true');
  }
};

const checkProxy = (values: OptionValues): void => {
  for (const name of ['proxyPort', 'proxyUsername', 'proxyPassword']) {
    if (values.has(name) && !values.has('proxyHost')) throw new ConfigurationError(`${name} needs proxyHost`);
  }
  if (values.has('proxyUsername') !== values.has('proxyPassword')) {
    throw new ConfigurationError('proxyUsername and proxyPassword need each other');
  }
};

const checkPool = (values: OptionValues): void => {
  const min = (values.get('minPoolSize') as number | undefined) ?? 0;
  const max = (values.get('maxPoolSize') as number | undefined) ?? 100;
  if (max !== 0 && min > max) {
    throw new ConfigurationError(
      `minPoolSize (${String(min)}) must not be greater than maxPoolSize (${String(max)})`,
    );
  }
};

/** The read preference that the options name together. */
export const readPreferenceOf = (values: OptionValues): ReadPreference => {
  const named = (values.get('readPreference') as ReadPreferenceLike | undefined) ?? 'primary';
  const tagSets = values.get('readPreferenceTags') as readonly TagSet[] | undefined;
  const maxStalenessSeconds = values.get('maxStalenessSeconds') as number | undefined;
  const base = ReadPreference.from(named);
  if (tagSets === undefined && maxStalenessSeconds === undefined) return base;
  return new ReadPreference(base.mode satisfies ReadPreferenceMode, {
    tagSets: tagSets ?? base.tagSets,
    maxStalenessSeconds: maxStalenessSeconds ?? base.maxStalenessSeconds,
    hedge: base.hedge,
  });
};

/** The write concern that the options name together. */
export const writeConcernOf = (values: OptionValues): WriteConcern =>
  new WriteConcern({
    w: values.get('w') as number | string | undefined,
    wTimeoutMS: values.get('wTimeoutMS') as number | undefined,
    journal: values.get('journal') as boolean | undefined,
    fsync: values.get('fsync') as boolean | undefined,
  });
