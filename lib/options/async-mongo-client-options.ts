// Written by `npm run docs` from the option table; change the table, not this file.
import type { DocumentClass } from '../bson/codec-options.js';
import type { TypeRegistry } from '../bson/type-registry.js';
import type { Runtime } from '../core/runtime.js';
import type { Compressor } from './compressors.js';
import type { DriverInfo, DriverInfoObject } from './driver-info.js';
import type { EventListener } from './event-listener.js';
import type { Logger, LogLevel, LogLevels } from './logger.js';
import type { ReadPreferenceLike, TagSet } from './read-preference.js';
import type { ServerApi, ServerApiObject } from './server-api.js';
import type { ServerSelectorFunction } from './server-selector-function.js';
import type { SrvHostValidator } from './srv-hosts.js';

/**
 * The options object of a client. Names are those of connection strings, in camel case. A name that is not known and a
 * value that does not fit throw before any I/O: `TypeError` for a value of another type, `ConfigurationError`
 * otherwise.
 */
export interface AsyncMongoClientOptions {
  /**
   * Host name, IP address (IPv6 in square brackets), `host:port`, path of a Unix domain socket, connection
   * string, or a list of these with at most one connection string. Default: `localhost`.
   */
  readonly host?: string | readonly string[] | null | undefined;
  /** The same as `host`. */
  readonly hosts?: string | readonly string[] | null | undefined;
  /** Port of the hosts that carry none of their own. Default: `27017`. */
  readonly port?: number | null | undefined;
  /**
   * Name of the replica set: the hosts are starting points, all members are looked for, and a server of
   * another set is dropped. Default: none.
   */
  readonly replicaSet?: string | null | undefined;
  /**
   * Talk to exactly the one given host as if it were a standalone, whatever its role. Refused with several
   * hosts or an SRV connection string. Default: `false`.
   */
  readonly directConnection?: boolean | null | undefined;
  /**
   * The host is a load balancer (server 5.0 and later). Refused with several hosts, `replicaSet` or
   * `directConnection`. Default: `false`.
   */
  readonly loadBalanced?: boolean | null | undefined;
  /** Service label of the SRV query. For `mongodb+srv://` only. Default: `'mongodb'`. */
  readonly srvServiceName?: string | null | undefined;
  /**
   * Most hosts taken from an SRV answer, chosen at random; 0 takes all. For `mongodb+srv://` only; a positive
   * value is refused with `replicaSet` and with `loadBalanced`. Default: `0`.
   */
  readonly srvMaxHosts?: number | null | undefined;
  /**
   * Domain that the hosts of an SRV answer have to be below, instead of the domain of the connection string.
   * For `mongodb+srv://` only. WARNING: this replaces the protection against forged DNS answers. Name the
   * narrowest domain, one of your own: a public one such as `co.uk` is not recognised as such. Default: none.
   */
  readonly srvAllowedHostsSuffix?: string | null | undefined;
  /**
   * Decides about each host of an SRV answer, instead of the comparison with the domain of the connection
   * string: takes its name in lower case, returns `true` where it may be connected to. Must not block. For
   * `mongodb+srv://` only. WARNING: this replaces the protection against forged DNS answers. Default: none.
   */
  readonly srvHostValidator?: SrvHostValidator | null | undefined;
  /** Milliseconds between two checks of a server. Default: `10000`. */
  readonly heartbeatFrequencyMS?: number | null | undefined;
  /**
   * Whether servers push their changes (`stream`, server 4.4 and later) or are asked (`poll`); `auto`
   * streams, except on function platforms. Default: `'auto'`.
   */
  readonly serverMonitoringMode?: 'auto' | 'stream' | 'poll' | null | undefined;
  /**
   * Latency window: of the suitable servers those are used whose round-trip time is at most this many
   * milliseconds over that of the fastest. Default: `15`.
   */
  readonly localThresholdMS?: number | null | undefined;
  /**
   * A permanent fault of all hosts before the first of them is found (a name that does not exist, a
   * certificate that is not accepted, another replica set) ends the search for a server at once, instead of
   * after `serverSelectionTimeoutMS`. A refused user always does. Default: `false`.
   */
  readonly failFast?: boolean | null | undefined;
  /**
   * Takes the candidates of a selection and returns those it finds suitable, beside the standard rules.
   * Default: none.
   */
  readonly serverSelector?: ServerSelectorFunction | null | undefined;
  /**
   * Most connections to each server: in use, idle and being established. 0 and null remove the cap. Default:
   * `100`.
   */
  readonly maxPoolSize?: number | null | undefined;
  /**
   * Connections to each server that are opened and kept in the background. Not more than `maxPoolSize`.
   * Default: `0`.
   */
  readonly minPoolSize?: number | null | undefined;
  /** Most connections that one pool establishes at the same time. Default: `2`. */
  readonly maxConnecting?: number | null | undefined;
  /** Milliseconds after which an idle connection is closed; 0 and null mean never. Default: `0`. */
  readonly maxIdleTimeMS?: number | null | undefined;
  /**
   * Milliseconds an operation waits for a connection of a full pool before it rejects with
   * `WaitQueueTimeoutError`; 0 and null mean no limit. Default: `0`. Prefer `timeoutMS`.
   */
  readonly waitQueueTimeoutMS?: number | null | undefined;
  /**
   * Operations that may wait for each connection of `maxPoolSize`; the next one rejects at once with
   * `ExceededMaxWaiters`. 0 and null mean no limit. Default: `0`. Prefer `waitQueueTimeoutMS`.
   */
  readonly waitQueueMultiple?: number | null | undefined;
  /** TCP keep-alive on connections. Default: `true`. */
  readonly socketKeepAlive?: boolean | null | undefined;
  /**
   * Milliseconds for a whole operation: selection, check-out and every retry. 0 and null mean no limit; unset
   * leaves the other limits in force. Default: none.
   */
  readonly timeoutMS?: number | null | undefined;
  /**
   * Milliseconds the search for a suitable server may take before it rejects with
   * `ServerSelectionTimeoutError`; 0 means no limit. Default: `30000`.
   */
  readonly serverSelectionTimeoutMS?: number | null | undefined;
  /**
   * Milliseconds for establishing a connection, with TLS, handshake and authentication, and for each check of
   * a server; 0 and null mean no limit. Default: `20000`.
   */
  readonly connectTimeoutMS?: number | null | undefined;
  /**
   * Milliseconds to wait for the reply to an operation; the connection is given up then. Where the server
   * waits for something to tell (`maxAwaitTimeMS`) they begin after that. 0 and null mean no limit. Default:
   * `0`. Prefer `timeoutMS`.
   */
  readonly socketTimeoutMS?: number | null | undefined;
  /** Which members reads go to. Default: `'primary'`. */
  readonly readPreference?: ReadPreferenceLike | null | undefined;
  /**
   * Tag sets in order; the first one that a candidate matches decides. In a connection string the option may
   * be repeated; an empty value matches any member. Refused with `readPreference=primary`. Default: none.
   */
  readonly readPreferenceTags?: string | TagSet | readonly (string | TagSet)[] | null | undefined;
  /**
   * Seconds that a secondary may lag behind at most; -1 means no limit. Refused with
   * `readPreference=primary`. Default: `-1`.
   */
  readonly maxStalenessSeconds?: number | null | undefined;
  /**
   * How isolated reads are: `local`, `available`, `majority`, `linearizable`, `snapshot`. Other strings are
   * passed on to the server. Default: none sent: the server's default.
   */
  readonly readConcernLevel?: string | null | undefined;
  /**
   * Members that must have taken a write, the primary included; a tag-set name; or `majority`. 0 asks for no
   * acknowledgement. Default: none sent: the server's default.
   */
  readonly w?: number | string | null | undefined;
  /**
   * Milliseconds to wait for replication; 0 waits for ever. The write may have happened when it is over.
   * Default: none. Prefer `timeoutMS`.
   */
  readonly wTimeoutMS?: number | null | undefined;
  /** The same as `wTimeoutMS`. */
  readonly wtimeoutMS?: number | null | undefined;
  /** The same as `wTimeoutMS`. */
  readonly wTimeout?: number | null | undefined;
  /** The same as `wTimeoutMS`. */
  readonly wtimeout?: number | null | undefined;
  /** Wait until a write is in the journal. Refused with `w=0` and with `fsync`. Default: none. */
  readonly journal?: boolean | null | undefined;
  /** @deprecated Use `journal`. */
  readonly j?: boolean | null | undefined;
  /** Wait until data files are synced where there is no journal. Refused with `journal`. Default: none. */
  readonly fsync?: boolean | null | undefined;
  /** Repeat a supported write once after a network or other retryable error. Default: `true`. */
  readonly retryWrites?: boolean | null | undefined;
  /** Repeat a supported read once after a network or other retryable error. Default: `true`. */
  readonly retryReads?: boolean | null | undefined;
  /** Most retries of an operation that an overloaded server turned away. Default: `2`. */
  readonly maxAdaptiveRetries?: number | null | undefined;
  /**
   * Whether such a retry prefers another server than the one that turned the operation away. Default:
   * `false`.
   */
  readonly enableOverloadRetargeting?: boolean | null | undefined;
  /**
   * User name, taken literally: nothing is percent-decoded. Wins over the user name of a connection string.
   * Default: none.
   */
  readonly username?: string | null | undefined;
  /**
   * Password, taken literally: nothing is percent-decoded. Wins over the password of a connection string.
   * Default: none.
   */
  readonly password?: string | null | undefined;
  /**
   * Database that authenticates the user. `$external` for MONGODB-X509, MONGODB-AWS, MONGODB-OIDC and GSSAPI.
   * Default: the database of the connection string, else `admin`.
   */
  readonly authSource?: string | null | undefined;
  /**
   * How the user is authenticated. `DEFAULT`, as when unset, takes SCRAM-SHA-256 where the server offers it
   * for the user, else SCRAM-SHA-1. Default: none.
   */
  readonly authMechanism?:
    | 'DEFAULT'
    | 'SCRAM-SHA-1'
    | 'SCRAM-SHA-256'
    | 'MONGODB-X509'
    | 'MONGODB-AWS'
    | 'GSSAPI'
    | 'PLAIN'
    | 'MONGODB-OIDC'
    | null
    | undefined;
  /**
   * Settings of the mechanism. GSSAPI: `SERVICE_NAME`, `SERVICE_REALM`, `SERVICE_HOST`,
   * `CANONICALIZE_HOST_NAME`. MONGODB-AWS: `AWS_SESSION_TOKEN`. MONGODB-OIDC: `ENVIRONMENT`, `TOKEN_RESOURCE`
   * and, in the options object, `OIDC_CALLBACK`, `OIDC_HUMAN_CALLBACK`, `ALLOWED_HOSTS`. In a connection
   * string a value cannot contain a comma. Default: none.
   */
  readonly authMechanismProperties?: string | Readonly<Record<string, unknown>> | null | undefined;
  /**
   * TLS on all connections, those of monitors included. Turned on by `mongodb+srv://` and by every option
   * that says so below. Default: `false`; `true` for `mongodb+srv://`.
   */
  readonly tls?: boolean | null | undefined;
  /** The same as `tls`. */
  readonly ssl?: boolean | null | undefined;
  /**
   * File with the certificates (PEM) of the authorities that the server is verified with. Turns TLS on.
   * Default: the system's authorities.
   */
  readonly tlsCAFile?: string | null | undefined;
  /** @deprecated Use `tlsCAFile`. */
  readonly sslCaCerts?: string | null | undefined;
  /** @deprecated Use `tlsCAFile`. */
  readonly ssl_ca_certs?: string | null | undefined;
  /** File with the client certificate and its private key (PEM). Turns TLS on. Default: none. */
  readonly tlsCertificateKeyFile?: string | null | undefined;
  /** @deprecated Use `tlsCertificateKeyFile`. */
  readonly sslCertfile?: string | null | undefined;
  /** @deprecated Use `tlsCertificateKeyFile`. */
  readonly ssl_certfile?: string | null | undefined;
  /** Password of the private key. Default: none. */
  readonly tlsCertificateKeyFilePassword?: string | null | undefined;
  /** @deprecated Use `tlsCertificateKeyFilePassword`. */
  readonly sslPemPassphrase?: string | null | undefined;
  /** @deprecated Use `tlsCertificateKeyFilePassword`. */
  readonly ssl_pem_passphrase?: string | null | undefined;
  /**
   * File with the private key, where the certificate file does not hold it. Turns TLS on. Default: none.
   * @deprecated Use `tlsCertificateKeyFile`.
   */
  readonly sslKeyfile?: string | null | undefined;
  /** The same as `sslKeyfile`. */
  readonly ssl_keyfile?: string | null | undefined;
  /** File with a list of revoked certificates, PEM or DER. Turns TLS on. Default: none. */
  readonly tlsCRLFile?: string | null | undefined;
  /** @deprecated Use `tlsCRLFile`. */
  readonly sslCrlfile?: string | null | undefined;
  /** @deprecated Use `tlsCRLFile`. */
  readonly ssl_crlfile?: string | null | undefined;
  /**
   * Go on whatever the verification of the certificate says. Somebody between client and server can then read
   * and change everything. An explicit `false` turns TLS on. Default: `false`.
   */
  readonly tlsAllowInvalidCertificates?: boolean | null | undefined;
  /**
   * Do not compare the host name with the certificate; the chain is verified all the same. An explicit
   * `false` turns TLS on. Default: `false`.
   */
  readonly tlsAllowInvalidHostnames?: boolean | null | undefined;
  /**
   * Relax as much as possible: `tlsAllowInvalidCertificates` and `tlsAllowInvalidHostnames` together. Unsafe
   * outside of tests. Default: `false`.
   */
  readonly tlsInsecure?: boolean | null | undefined;
  /**
   * Do not ask the OCSP responder that the certificate names. An explicit `false` turns TLS on. Default:
   * `false`.
   */
  readonly tlsDisableOCSPEndpointCheck?: boolean | null | undefined;
  /** Do not check whether certificates were revoked. Default: `false`. */
  readonly tlsDisableCertificateRevocationCheck?: boolean | null | undefined;
  /**
   * `CERT_NONE` accepts every certificate, the others verify it. Turns TLS on. Default: none. @deprecated Use
   * `tlsAllowInvalidCertificates`.
   */
  readonly sslCertReqs?: 'CERT_NONE' | 'CERT_OPTIONAL' | 'CERT_REQUIRED' | null | undefined;
  /** The same as `sslCertReqs`. */
  readonly ssl_cert_reqs?: 'CERT_NONE' | 'CERT_OPTIONAL' | 'CERT_REQUIRED' | null | undefined;
  /**
   * Compare the host name with the certificate: the opposite of `tlsAllowInvalidHostnames`. Default: none.
   * @deprecated Use `tlsAllowInvalidHostnames`.
   */
  readonly sslMatchHostname?: boolean | null | undefined;
  /** The same as `sslMatchHostname`. */
  readonly ssl_match_hostname?: boolean | null | undefined;
  /**
   * Compressors to offer the server, in order of preference; unknown names are left out with a warning.
   * Default: none.
   */
  readonly compressors?: string | readonly Compressor[] | null | undefined;
  /** Level of zlib: -1 its own default, 0 none, 1 fastest, 9 smallest. Default: `-1`. */
  readonly zlibCompressionLevel?: number | null | undefined;
  /** Name or IP address of a SOCKS5 proxy that all connections go through. Default: none. */
  readonly proxyHost?: string | null | undefined;
  /** Port of the proxy. Needs `proxyHost`. Default: `1080` with `proxyHost`. */
  readonly proxyPort?: number | null | undefined;
  /** User name at the proxy. Needs `proxyHost` and `proxyPassword`. Default: none. */
  readonly proxyUsername?: string | null | undefined;
  /** Password at the proxy. Needs `proxyHost` and `proxyUsername`. Default: none. */
  readonly proxyPassword?: string | null | undefined;
  /**
   * Class of the documents that queries return, embedded ones included. Default: `Object`: plain objects.
   */
  readonly documentClass?: DocumentClass | null | undefined;
  /** BSON dates become `ZonedDateTime` instead of `Date`. Default: `false`. */
  readonly tzAware?: boolean | null | undefined;
  /** IANA name of the zone of those dates. Needs `tzAware`. Default: `UTC` with `tzAware`. */
  readonly tzinfo?: string | null | undefined;
  /**
   * What a BSON date becomes: `datetime` a `Date`, and an error where a `Date` does not reach; `datetime_ms`
   * a `DatetimeMS`; `datetime_auto` a `DatetimeMS` only where needed; `datetime_clamp` the nearest `Date`.
   * Default: `'datetime'`.
   */
  readonly datetimeConversion?:
    | 'datetime'
    | 'datetime_ms'
    | 'datetime_auto'
    | 'datetime_clamp'
    | 'datetimeMs'
    | 'datetimeAuto'
    | 'datetimeClamp'
    | null
    | undefined;
  /**
   * How `UUID` values are stored and which binary values become them; `unspecified` neither stores nor makes
   * them. Default: `'unspecified'`.
   */
  readonly uuidRepresentation?:
    'unspecified' | 'standard' | 'pythonLegacy' | 'javaLegacy' | 'csharpLegacy' | null | undefined;
  /** What happens to bytes of a string that are not UTF-8; `strict` is an error. Default: `'strict'`. */
  readonly unicodeDecodeErrorHandler?:
    'strict' | 'replace' | 'backslashreplace' | 'surrogateescape' | 'ignore' | null | undefined;
  /** The same as `unicodeDecodeErrorHandler`. */
  readonly unicode_decode_error_handler?:
    'strict' | 'replace' | 'backslashreplace' | 'surrogateescape' | 'ignore' | null | undefined;
  /** Encoders and decoders of custom types. Default: none. */
  readonly typeRegistry?: TypeRegistry | null | undefined;
  /**
   * What a 64-bit integer becomes: `auto` a number up to 2^53 on either side and a `Long` beyond; `bigint`;
   * `number-or-throw` a number, and an error beyond 2^53; `Long`. Default: `'auto'`.
   */
  readonly int64?: 'auto' | 'bigint' | 'number-or-throw' | 'Long' | null | undefined;
  /**
   * Numbers become `Int32`, `Long` and `Double`, so that they are written back byte for byte. Default:
   * `false`.
   */
  readonly exactNumbers?: boolean | null | undefined;
  /**
   * What becomes of a field with the value `undefined`: left out, written as null, or an error. In filters it
   * is always an error. Default: `'omit'`.
   */
  readonly undefinedValues?: 'omit' | 'null' | 'throw' | null | undefined;
  /**
   * Whether a generated `_id` is also written into the inserted object; the result reports it in any case.
   * Default: `true`.
   */
  readonly addIdToDocuments?: boolean | null | undefined;
  /** Name of the application, which servers log and record in profiles. Default: none. */
  readonly appName?: string | null | undefined;
  /** The same as `appName`. */
  readonly appname?: string | null | undefined;
  /** Name, version and platform of a library built on the driver, which servers log. Default: none. */
  readonly driverInfo?: DriverInfo | DriverInfoObject | null | undefined;
  /** The same as `driverInfo`. */
  readonly driver?: DriverInfo | DriverInfoObject | null | undefined;
  /** Version of the Stable API that every command declares (server 5.0 and later). Default: none. */
  readonly serverApi?: ServerApi | ServerApiObject | null | undefined;
  /** Listeners of command, pool, heartbeat, server and topology events. Default: none. */
  readonly eventListeners?: readonly EventListener[] | null | undefined;
  /**
   * Begin to look for servers in a later turn of the event loop instead of with the first operation. The
   * constructor never waits. Default: `true`; `false` on function platforms.
   */
  readonly connect?: boolean | null | undefined;
  /**
   * Every flow of asynchronous calls keeps a connection of its own from its first operation on, as if it had
   * called `startRequest()`. `maxPoolSize` bounds how many flows can be served. Default: `false`.
   */
  readonly autoStartRequest?: boolean | null | undefined;
  /**
   * Use after `close()` opens the client again instead of being refused with `InvalidOperation`. Default:
   * `false`.
   */
  readonly reopenOnUse?: boolean | null | undefined;
  /**
   * Clock, timers, chance, DNS and network that the client uses, for tests and other platforms. Default:
   * Node's.
   */
  readonly runtime?: Runtime | null | undefined;
  /**
   * Where log messages go: `console`, a pino or bunyan logger, or a function of one `LogEntry`. Default:
   * `logPath`.
   */
  readonly logger?: Logger | null | undefined;
  /**
   * Least severity that is logged: one level, or `{ command, topology, serverSelection, connection, client,
   * all }`. Stronger than `MONGODB_LOG_ALL`, `MONGODB_LOG_COMMAND` and so on. Default: the environment
   * variables, else `info` with a `logger`, else `off`.
   */
  readonly logLevel?: LogLevel | LogLevels | null | undefined;
  /**
   * Without a `logger`: `stdout`, `stderr`, or a file that lines of JSON are appended to. Default:
   * `MONGODB_LOG_PATH`, else `stderr`.
   */
  readonly logPath?: string | null | undefined;
  /**
   * Length, in UTF-16 code units, at which the extended JSON of a command or reply is cut in log messages.
   * Default: `MONGODB_LOG_MAX_DOCUMENT_LENGTH`, else 1000.
   */
  readonly logMaxDocumentLength?: number | null | undefined;
}
