import type { CodecOptions } from '../bson/codec-options.js';
import type { Runtime } from '../core/runtime.js';
import type { Compressor } from './compressors.js';
import type { Credentials } from './credentials.js';
import type { DriverInfo } from './driver-info.js';
import type { EventListener } from './event-listener.js';
import type { HostAddress } from './host-address.js';
import type { EffectiveLogLevels } from './log-levels.js';
import type { Logger } from './logger.js';
import type { ReadConcern } from './read-concern.js';
import type { ReadPreference } from './read-preference.js';
import type { ServerApi } from './server-api.js';
import type { ServerSelectorFunction } from './server-selector-function.js';
import type { SrvHostValidator } from './srv-hosts.js';
import type { WriteConcern } from './write-concern.js';

/**
 * The effective configuration of a client (PROP-13): frozen, normalized, defaults filled in. Sizes and milliseconds of
 * 0 mean no limit. Secrets are on no enumerable property.
 */
export interface ClientOptions {
  /** With ports filled in; empty while an SRV record is still to be looked up. */
  readonly hosts: readonly HostAddress[];
  /** Host of a `mongodb+srv://` connection string. */
  readonly srvHost: string | undefined;
  readonly srvServiceName: string;
  readonly srvMaxHosts: number;
  /** Begins with a dot, in lower case. */
  readonly srvAllowedHostsSuffix: string | undefined;
  readonly srvHostValidator: SrvHostValidator | undefined;
  /** Database of the connection string, the part before its first dot (NAME-10). */
  readonly database: string | undefined;
  readonly replicaSet: string | undefined;
  readonly directConnection: boolean;
  readonly loadBalanced: boolean;
  readonly heartbeatFrequencyMS: number;
  readonly serverMonitoringMode: 'auto' | 'stream' | 'poll';
  readonly localThresholdMS: number;
  readonly failFast: boolean;
  readonly serverSelector: ServerSelectorFunction | undefined;

  readonly maxPoolSize: number;
  readonly minPoolSize: number;
  readonly maxConnecting: number;
  readonly maxIdleTimeMS: number;
  readonly waitQueueTimeoutMS: number;
  readonly waitQueueMultiple: number;
  readonly socketKeepAlive: boolean;

  /** Undefined where not given: the other limits are in force then. */
  readonly timeoutMS: number | undefined;
  readonly serverSelectionTimeoutMS: number;
  readonly connectTimeoutMS: number;
  readonly socketTimeoutMS: number;

  readonly readPreference: ReadPreference;
  readonly readConcern: ReadConcern;
  readonly writeConcern: WriteConcern;
  readonly retryWrites: boolean;
  readonly retryReads: boolean;
  readonly maxAdaptiveRetries: number;
  readonly enableOverloadRetargeting: boolean;

  readonly credentials: Credentials | undefined;

  readonly tls: boolean;
  readonly tlsCAFile: string | undefined;
  readonly tlsCertificateKeyFile: string | undefined;
  /** Not enumerable. */
  readonly tlsCertificateKeyFilePassword: string | undefined;
  readonly sslKeyfile: string | undefined;
  readonly tlsCRLFile: string | undefined;
  /** True as well where `tlsInsecure` is. */
  readonly tlsAllowInvalidCertificates: boolean;
  /** True as well where `tlsInsecure` is. */
  readonly tlsAllowInvalidHostnames: boolean;
  readonly tlsInsecure: boolean;
  readonly tlsDisableOCSPEndpointCheck: boolean;
  readonly tlsDisableCertificateRevocationCheck: boolean;

  readonly compressors: readonly Compressor[];
  readonly zlibCompressionLevel: number;

  readonly proxyHost: string | undefined;
  readonly proxyPort: number | undefined;
  readonly proxyUsername: string | undefined;
  /** Not enumerable. */
  readonly proxyPassword: string | undefined;

  readonly codecOptions: CodecOptions;
  readonly addIdToDocuments: boolean;

  readonly appName: string | undefined;
  readonly driverInfo: DriverInfo | undefined;
  readonly serverApi: ServerApi | undefined;
  readonly eventListeners: readonly EventListener[];
  readonly connect: boolean;
  readonly autoStartRequest: boolean;
  readonly reopenOnUse: boolean;
  readonly runtime: Runtime | undefined;

  readonly logger: Logger | undefined;
  readonly logLevel: EffectiveLogLevels;
  /** `stdout`, `stderr`, or the path of a file. */
  readonly logPath: string;
  readonly logMaxDocumentLength: number;
}
