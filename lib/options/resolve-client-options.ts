import { CodecOptions, type CodecOptionFields } from '../bson/codec-options.js';
import type { ClientOptions } from './client-options.js';
import { readArguments } from './constructor-arguments.js';
import type { Credentials } from './credentials.js';
import { isFaas, type Environment } from './faas.js';
import type { HostAddress } from './host-address.js';
import { effectiveLogLevels, effectiveMaxDocumentLength } from './log-levels.js';
import type { LogLevels } from './logger.js';
import { checkConflicts, readPreferenceOf, writeConcernOf } from './option-conflicts.js';
import { readOptionsObject } from './option-object.js';
import { ALL_OPTIONS } from './option-table.js';
import { DOCUMENT_OPTIONS } from './option-table-application.js';
import type { OptionValues } from './query.js';
import { ReadConcern } from './read-concern.js';
import { resolveCredentials } from './resolve-credentials.js';
import { readSeeds, type Seeds } from './seeds.js';
import { applyFormerTlsOptions, tlsOf } from './tls-rules.js';

export interface ResolvedOptions {
  readonly options: ClientOptions;
  /** One text for each thing that was left out or is deprecated; the client emits them. */
  readonly warnings: readonly string[];
  /** The whole configuration, once DNS has answered for a `mongodb+srv://` connection string. Pure and repeatable. */
  readonly withSrv: (answer: SrvAnswer) => ClientOptions;
}

/** What DNS says about the host of a `mongodb+srv://` connection string. */
export interface SrvAnswer {
  readonly hosts: readonly HostAddress[];
  /** Options of the TXT record: weaker than those of the connection string, stronger than defaults (CONN-22). */
  readonly defaults: OptionValues;
}

/** Options that `client.options` has in another form: host, concerns, credentials and codec options as values. */
const REPLACED: ReadonlySet<string> = new Set([
  'host',
  'port',
  'readPreferenceTags',
  'maxStalenessSeconds',
  'readConcernLevel',
  'w',
  'wTimeoutMS',
  'journal',
  'fsync',
  'username',
  'password',
  'authSource',
  'authMechanism',
  'authMechanismProperties',
  'sslCertReqs',
  'sslMatchHostname',
  ...DOCUMENT_OPTIONS.map(({ name }) => name).filter((name) => name !== 'addIdToDocuments'),
]);

/**
 * The configuration of a client from what its constructor was called with: `(options?)`, `(host?, options?)` or
 * `(host?, port?, options?)`. Pure: reads no file, looks nothing up, prints nothing. Options of the object win over
 * those of the connection string (CONN-12), defaults fill the rest.
 *
 * Throws `TypeError` for values of another type, `InvalidURI` for a connection string that cannot be read, and
 * `ConfigurationError` for everything else that cannot work.
 */
export const resolveClientOptions = (
  host?: unknown,
  port?: unknown,
  options?: unknown,
  environment: Environment = {},
): ResolvedOptions => {
  const given = readArguments(host, port, options);
  const seeds = readSeeds(given.host, given.port);
  const warnings = [...(seeds.uri?.warnings ?? [])];
  const fromObject = readOptionsObject(given.options, (message) => warnings.push(message));
  const values = merge(seeds.uri?.values ?? new Map(), fromObject);
  return {
    options: settle(new Map(values), seeds, environment),
    warnings: Object.freeze(warnings),
    withSrv: ({ hosts, defaults }) => settle(merge(defaults, values), { ...seeds, hosts }, environment),
  };
};

const settle = (values: OptionValues, seeds: Seeds, environment: Environment): ClientOptions => {
  const srv = seeds.srvHost !== undefined;
  const tls = tlsOf(values, srv);
  checkConflicts(values, { srv, hostCount: seeds.hosts.length });
  applyFormerTlsOptions(values);
  return freeze(values, seeds, tls, environment);
};

/** The options object wins, option by option; a whole read preference also over tags and staleness (CONN-12). */
const merge = (fromUri: OptionValues, fromObject: OptionValues): OptionValues => {
  const values = new Map(fromUri);
  if (typeof fromObject.get('readPreference') === 'object') {
    values.delete('readPreferenceTags');
    values.delete('maxStalenessSeconds');
  }
  for (const [name, value] of fromObject) values.set(name, value);
  return values;
};

const freeze = (
  values: OptionValues,
  seeds: Seeds,
  tls: boolean,
  environment: Environment,
): ClientOptions => {
  const insecure = values.get('tlsInsecure') === true;
  const fields: Partial<Record<keyof ClientOptions, unknown>> = {
    hosts: Object.freeze(seeds.hosts),
    srvHost: seeds.srvHost,
    database: seeds.uri?.database?.split('.', 1)[0],
    readPreference: readPreferenceOf(values),
    readConcern: new ReadConcern(values.get('readConcernLevel') as string | undefined),
    writeConcern: writeConcernOf(values),
    credentials: credentialsOf(values, seeds),
    codecOptions: codecOptionsOf(values),
    tls,
    tlsAllowInvalidCertificates: insecure || values.get('tlsAllowInvalidCertificates') === true,
    tlsAllowInvalidHostnames: insecure || values.get('tlsAllowInvalidHostnames') === true,
    eventListeners: Object.freeze([...((values.get('eventListeners') as object[] | undefined) ?? [])]),
    connect: values.get('connect') ?? !isFaas(environment),
    logLevel: effectiveLogLevels(
      values.get('logLevel') as LogLevels | undefined,
      environment,
      values.has('logger'),
    ),
    logPath: values.get('logPath') ?? (environment['MONGODB_LOG_PATH'] || 'stderr'),
    logMaxDocumentLength: effectiveMaxDocumentLength(
      values.get('logMaxDocumentLength') as number | undefined,
      environment,
    ),
    proxyPort: values.get('proxyPort') ?? (values.has('proxyHost') ? 1080 : undefined),
  };
  for (const { name, default: fallback, secret } of ALL_OPTIONS) {
    if (REPLACED.has(name) || Object.hasOwn(fields, name)) continue;
    const value = values.get(name) ?? fallback;
    const enumerable = secret !== true;
    // A getter: not even the inspector that shows hidden properties shows what it returns. Where there is nothing to hide,
    // and as properties that are defined, not assigned by a computed name, all clients' options share one hidden class.
    if (enumerable || value === undefined) Object.defineProperty(fields, name, { value, enumerable });
    else Object.defineProperty(fields, name, { get: () => value, enumerable });
  }
  return Object.freeze(fields) as ClientOptions;
};

const credentialsOf = (values: OptionValues, { uri }: Seeds): Credentials | undefined => {
  const get = <T>(name: string): T | undefined => values.get(name) as T | undefined;
  const username = get<string>('username');
  return resolveCredentials({
    username: username ?? uri?.userinfo?.username,
    // A user name of the options does not go with the password of somebody else.
    password:
      get<string>('password') ??
      (username === undefined || username === uri?.userinfo?.username ? uri?.userinfo?.password : undefined),
    authSource: get('authSource'),
    authMechanism: get('authMechanism'),
    mechanismProperties: get('authMechanismProperties'),
    database: uri?.database,
  });
};

const codecOptionsOf = (values: OptionValues): CodecOptions => {
  const fields: Record<string, unknown> = {};
  for (const { name } of DOCUMENT_OPTIONS) {
    if (name !== 'addIdToDocuments' && values.has(name)) fields[name] = values.get(name);
  }
  return new CodecOptions(fields as Partial<CodecOptionFields>);
};
