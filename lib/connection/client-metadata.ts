import { existsSync } from 'node:fs';
import * as os from 'node:os';
import type { Document } from '../bson/document.js';
import { encodeDocument } from '../bson/encoder.js';
import { faasName, type Environment, type FaasName } from '../options/faas.js';
import { DRIVER_VERSION } from './driver-version.js';

/** The server refuses more (handshake specification, "Limitations"). */
const MAX_METADATA_SIZE = 512;

/** A library on top of the driver, for what the server logs. */
export interface WrappingLibrary {
  readonly name: string;
  readonly version?: string | undefined;
  readonly platform?: string | undefined;
}

/** What the process runs on: taken from Node, replaced in tests. */
export interface Platform {
  readonly osType: string;
  readonly osName: string;
  readonly osArchitecture: string;
  readonly osVersion: string;
  readonly runtime: string;
  readonly isDocker: boolean;
}

export const thisPlatform = (): Platform => ({
  osType: os.type(),
  osName: process.platform,
  osArchitecture: process.arch,
  osVersion: os.release(),
  runtime: `Node.js ${process.version}`,
  isDocker: existsSync('/.dockerenv'),
});

export interface ClientMetadataOptions {
  readonly appName?: string | undefined;
  /** In the order in which they wrap: each is appended to what is there. */
  readonly libraries?: readonly WrappingLibrary[] | undefined;
  readonly env?: Environment | undefined;
  readonly platform?: Platform | undefined;
}

/**
 * The `client` document of the handshake, at most 512 bytes. What does not fit is left out in the order of the
 * specification: fields of `env` but its name, fields of `os` but its type, `env`, the end of `platform`; and after
 * these the names that wrapping libraries appended.
 */
export const clientMetadata = (options: ClientMetadataOptions = {}): Document => {
  const { appName, libraries = [], env = process.env, platform = thisPlatform() } = options;
  const application = appName === undefined || appName === '' ? {} : { application: { name: appName } };
  const driver = {
    name: join('asyncmongo', libraries, 'name'),
    version: join(DRIVER_VERSION, libraries, 'version'),
  };
  const fullOs = {
    type: platform.osType || 'unknown',
    name: platform.osName,
    architecture: platform.osArchitecture,
    version: platform.osVersion,
  };
  const platformText = join(platform.runtime, libraries, 'platform');
  const environment = environmentOf(env, platform.isDocker);
  const smallEnvironment =
    environment?.['name'] === undefined ? undefined : { name: environment['name'] as string };

  const candidates: Document[] = [
    { ...application, driver, os: fullOs, platform: platformText, ...(environment && { env: environment }) },
    {
      ...application,
      driver,
      os: fullOs,
      platform: platformText,
      ...(smallEnvironment && { env: smallEnvironment }),
    },
    {
      ...application,
      driver,
      os: { type: fullOs.type },
      platform: platformText,
      ...(smallEnvironment && { env: smallEnvironment }),
    },
    { ...application, driver, os: { type: fullOs.type }, platform: platformText },
  ];
  const fitting = candidates.find((candidate) => excess(candidate) <= 0);
  if (fitting !== undefined) return fitting;

  const smallest = candidates[candidates.length - 1] as Document;
  smallest['platform'] = shorten(platformText, excess(smallest));
  if (smallest['platform'] === '') delete smallest['platform'];
  if (excess(smallest) > 0) {
    smallest['driver'] = {
      ...driver,
      version: shorten(driver.version, excess(smallest), DRIVER_VERSION.length),
    };
  }
  if (excess(smallest) > 0) {
    const { version } = smallest['driver'] as typeof driver;
    smallest['driver'] = { name: shorten(driver.name, excess(smallest), 'asyncmongo'.length), version };
  }
  return smallest;
};

const excess = (metadata: Document): number => encodeDocument(metadata).length - MAX_METADATA_SIZE;

/** "Appending metadata": the values of the libraries behind our own, separated by bars. */
const join = (own: string, libraries: readonly WrappingLibrary[], field: keyof WrappingLibrary): string =>
  [own, ...libraries.map((library) => library[field])]
    .filter((part) => part !== undefined && part !== '')
    .join('|');

/** Without its last `excess` bytes of UTF-8, no character cut in two, `least` bytes kept. */
const shorten = (text: string, bytes: number, least = 0): string => {
  const encoded = Buffer.from(text, 'utf8');
  let end = Math.max(least, encoded.length - bytes);
  while (end > least && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.toString('utf8', 0, end);
};

/** Where a function runs as a service, and which variables describe it ("client.env"). */
const SERVICES: Readonly<
  Record<FaasName, { readonly region?: string; readonly memory_mb?: string; readonly timeout_sec?: string }>
> = {
  'aws.lambda': { memory_mb: 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', region: 'AWS_REGION' },
  'azure.func': {},
  'gcp.func': {
    memory_mb: 'FUNCTION_MEMORY_MB',
    timeout_sec: 'FUNCTION_TIMEOUT_SEC',
    region: 'FUNCTION_REGION',
  },
  vercel: { region: 'VERCEL_REGION' },
};

const environmentOf = (env: Environment, isDocker: boolean): Document | undefined => {
  const result: Document = {};
  const service = faasName(env);
  if (service !== undefined) {
    result['name'] = service;
    const { region, memory_mb, timeout_sec } = SERVICES[service];
    setNumber(result, 'timeout_sec', timeout_sec, env);
    setNumber(result, 'memory_mb', memory_mb, env);
    const value = region === undefined ? undefined : env[region];
    if (value !== undefined && value !== '') result['region'] = value;
  }
  const container: Document = {};
  if (isDocker) container['runtime'] = 'docker';
  if ((env['KUBERNETES_SERVICE_HOST'] ?? '') !== '') container['orchestrator'] = 'kubernetes';
  if (Object.keys(container).length > 0) result['container'] = container;
  return Object.keys(result).length > 0 ? result : undefined;
};

/** A variable that is no 32-bit integer is left out, without an error. */
const setNumber = (target: Document, field: string, variable: string | undefined, env: Environment): void => {
  const text = variable === undefined ? undefined : env[variable];
  if (text === undefined || !/^-?\d{1,10}$/.test(text)) return;
  const value = Number(text);
  if (value === (value | 0)) target[field] = value;
};
