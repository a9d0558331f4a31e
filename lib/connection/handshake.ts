import type { Document } from '../bson/document.js';
import { ObjectId } from '../bson/values.js';
import { ConfigurationError } from '../core/errors/usage.js';
import type { ServerApiObject } from '../options/server-api.js';
import { BEFORE_HELLO, type ConnectionDescription } from './connection-description.js';
import { serverApiFields } from './server-api.js';

/** Oldest and newest protocol this driver speaks, with the server versions that brought them. */
export const MIN_WIRE_VERSION = 8;
export const MAX_WIRE_VERSION = 29;
const MIN_SERVER_VERSION = '4.2';

export interface HelloOptions {
  readonly metadata: Document;
  readonly serverApi?: ServerApiObject | undefined;
  readonly loadBalanced?: boolean | undefined;
  /** What authentication adds. */
  readonly authentication?: Readonly<Record<string, unknown>> | undefined;
}

export interface HelloRequest {
  /** Sent as OP_QUERY: the server may know nothing else yet. */
  readonly legacy: boolean;
  readonly body: Record<string, unknown>;
}

/** The first message of a connection (handshake specification, "Connection handshake"). */
export const helloRequest = (options: HelloOptions): HelloRequest => {
  const loadBalanced = options.loadBalanced === true;
  const legacy = options.serverApi === undefined && !loadBalanced;
  return {
    legacy,
    body: {
      ...(legacy ? { isMaster: 1 } : { hello: 1 }),
      helloOk: true,
      client: options.metadata,
      // Which version of the client backpressure specification this driver follows.
      backpressure: '2',
      ...(loadBalanced && { loadBalanced: true }),
      ...options.authentication,
      ...serverApiFields(options.serverApi),
    },
  };
};

/** Reads the reply to the handshake. */
export const describeConnection = (
  hello: Document,
  address: string,
  { legacy, loadBalanced }: { readonly legacy: boolean; readonly loadBalanced: boolean },
): ConnectionDescription => {
  const serviceId = hello['serviceId'] as unknown;
  if (loadBalanced && !(serviceId instanceof ObjectId)) {
    throw new ConfigurationError(
      // Prescribed wording (load balancer specification, "Connection Establishment").
      `Driver attempted to initialize in load balancing mode, but the server does not support this mode: the hello of ${address} has no serviceId`,
    );
  }
  const timeout = hello['logicalSessionTimeoutMinutes'] as unknown;
  return Object.freeze({
    helloOk: !legacy || hello['helloOk'] === true,
    minWireVersion: int(hello['minWireVersion'], 0),
    maxWireVersion: int(hello['maxWireVersion'], 0),
    isRouter: hello['msg'] === 'isdbgrid',
    maxBsonObjectSize: int(hello['maxBsonObjectSize'], BEFORE_HELLO.maxBsonObjectSize),
    maxMessageSizeBytes: int(hello['maxMessageSizeBytes'], BEFORE_HELLO.maxMessageSizeBytes),
    maxWriteBatchSize: int(hello['maxWriteBatchSize'], BEFORE_HELLO.maxWriteBatchSize),
    logicalSessionTimeoutMinutes: typeof timeout === 'number' ? timeout : null,
    serverConnectionId: bigintOf(hello['connectionId']),
    serviceId: serviceId instanceof ObjectId ? serviceId : undefined,
  });
};

/**
 * Why the two sides cannot talk, naming what each speaks; `undefined` where they can. (SDAM specification, "Checking
 * wire protocol compatibility".)
 */
export const wireVersionMismatch = (min: number, max: number, address: string): string | undefined => {
  if (max < MIN_WIRE_VERSION) {
    return `Server at ${address} reports wire version ${String(max)}, but this version of asyncmongo requires at least ${String(MIN_WIRE_VERSION)} (MongoDB ${MIN_SERVER_VERSION})`;
  }
  if (min > MAX_WIRE_VERSION) {
    return `Server at ${address} requires wire version ${String(min)}, but this version of asyncmongo only supports up to ${String(MAX_WIRE_VERSION)}`;
  }
  return undefined;
};

/** Limits must make sense whoever sends them: a size that is no positive number counts as absent. */
const int = (value: unknown, fallback: number): number => {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number > 0 ? number : fallback;
};

const bigintOf = (value: unknown): bigint | undefined => {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
};
