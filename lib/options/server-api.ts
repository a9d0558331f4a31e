import { inspect } from 'node:util';
import { ConfigurationError } from '../core/errors/usage.js';
import { describeType } from './describe-type.js';

export const ServerApiVersion = { V1: '1' } as const;
export type ServerApiVersion = (typeof ServerApiVersion)[keyof typeof ServerApiVersion];

export interface ServerApiFlags {
  /** The server refuses commands and fields that the version does not have. */
  readonly strict?: boolean | undefined;
  /** The server refuses what the version has deprecated. */
  readonly deprecationErrors?: boolean | undefined;
}

export interface ServerApiObject extends ServerApiFlags {
  readonly version: ServerApiVersion;
}

const FIELDS: readonly string[] = ['version', 'strict', 'deprecationErrors'];

/**
 * The version of the Stable API that every command declares (server 5.0 and later). Immutable. Throws
 * `ConfigurationError` for another version, `TypeError` for flags that are not booleans.
 */
export class ServerApi {
  readonly version: ServerApiVersion;
  readonly strict: boolean | undefined;
  readonly deprecationErrors: boolean | undefined;

  constructor(version: ServerApiVersion, flags: ServerApiFlags = {}) {
    if (typeof version !== 'string') {
      throw new TypeError(`The version of serverApi must be a string, got ${describeType(version)}`);
    }
    if (version !== ServerApiVersion.V1) {
      throw new ConfigurationError(`The version of serverApi must be '1', got ${inspect(version)}`);
    }
    this.version = version;
    this.strict = checkFlag('strict', flags.strict);
    this.deprecationErrors = checkFlag('deprecationErrors', flags.deprecationErrors);
    Object.freeze(this);
  }

  static from(value: unknown): ServerApi {
    if (value instanceof ServerApi) return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError(`serverApi must be a ServerApi or {version, ...}, got ${describeType(value)}`);
    }
    const unknown = Object.keys(value).find((key) => !FIELDS.includes(key));
    if (unknown !== undefined) throw new ConfigurationError(`Unknown field "${unknown}" of serverApi`);
    const { version, strict, deprecationErrors } = value as ServerApiObject;
    return new ServerApi(version, { strict, deprecationErrors });
  }
}

const checkFlag = (name: string, value: unknown): boolean | undefined => {
  if (value == null) return undefined;
  if (typeof value !== 'boolean')
    throw new TypeError(`${name} of serverApi must be a boolean, got ${describeType(value)}`);
  return value;
};
