import { clientMetadata, type WrappingLibrary } from '../connection/client-metadata.js';
import type { CommandEvents } from '../connection/command-events.js';
import type { Connection } from '../connection/connection.js';
import { isAlive } from '../connection/is-alive.js';
import { openConnection, type OpenConnectionOptions } from '../connection/open-connection.js';
import { ScramKeyCache } from '../connection/auth/scram-keys.js';
import { createTlsContext } from '../connection/tls-context.js';
import type { EventHub } from '../core/event-hub.js';
import type { Runtime } from '../core/runtime.js';
import type { ClientOptions } from '../options/client-options.js';
import { HostAddress } from '../options/host-address.js';
import { parseHostList } from '../options/host-list.js';
import type { ConnectRequest } from '../pool/pool-options.js';
import {
  OpenedMonitorConnection,
  type OpenMonitorConnection,
} from '../topology/monitoring/monitor-connection.js';

/** What a TXT record has a say in. */
type SettledOptions = Pick<ClientOptions, 'credentials' | 'loadBalanced'>;

/** The two ways in which a client opens connections. */
export interface ServerConnections {
  /** For operations: authenticated. `settled` is the configuration in force by now, where it has changed. */
  connect(address: string, request: ConnectRequest, settled?: SettledOptions): Promise<Connection>;
  /** Whether the server still answers on an idle connection: bounded, never rejects. */
  isAlive(connection: Connection): Promise<boolean>;
  /** Has connections made from now on tell servers of one more library; one that they tell of already changes nothing. */
  appendMetadata(library: WrappingLibrary): void;
  /** For monitoring: never authenticated, never monitored itself. */
  readonly openMonitorConnection: OpenMonitorConnection;
}

/** A server's name as configured, or as another server called it. */
const hostOf = (address: string): HostAddress =>
  address.includes('/') ? HostAddress.socket(address) : (parseHostList(address, false)[0] as HostAddress);

const isSameLibrary = (one: WrappingLibrary, other: WrappingLibrary): boolean =>
  one.name === other.name && one.version === other.version && one.platform === other.platform;

/** Reads the TLS files, so that a wrong path is found when the client is made. */
export const serverConnections = (
  options: ClientOptions,
  runtime: Runtime,
  events: EventHub<CommandEvents>,
): ServerConnections => {
  const { driverInfo, appName } = options;
  let libraries: readonly WrappingLibrary[] = driverInfo === undefined ? [] : [driverInfo];
  let metadata = clientMetadata({ appName, libraries });
  const shared = {
    runtime,
    connectTimeoutMS: options.connectTimeoutMS,
    keepAlive: options.socketKeepAlive,
    tls: createTlsContext(options),
    serverApi: options.serverApi,
    // Only operations talk to a load balancer: nothing behind it can be monitored.
    loadBalanced: false,
  } satisfies Partial<OpenConnectionOptions>;
  const scramKeys = new ScramKeyCache();
  return {
    connect: (
      address,
      { id, generation, deadline, background, onHello, onClose },
      { credentials, loadBalanced } = options,
    ) =>
      openConnection({
        ...shared,
        metadata,
        loadBalanced,
        address: hostOf(address),
        id,
        generation,
        deadline,
        commandTimeoutMS: background ? options.timeoutMS : undefined,
        socketTimeoutMS: options.socketTimeoutMS,
        credentials,
        scramKeys,
        events,
        onHello,
        onClose,
      }),
    isAlive: (connection) => isAlive(connection, runtime, options.serverApi),
    appendMetadata(library) {
      if (libraries.some((known) => isSameLibrary(known, library))) return;
      libraries = [...libraries, library];
      metadata = clientMetadata({ appName, libraries });
    },
    async openMonitorConnection(address, deadline, id) {
      const connection = await openConnection({
        ...shared,
        metadata,
        address: hostOf(address),
        id,
        generation: 0,
        deadline,
        socketTimeoutMS: 0,
        background: true,
      });
      return new OpenedMonitorConnection(connection, options.serverApi);
    },
  };
};
