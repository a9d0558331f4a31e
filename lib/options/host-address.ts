import { inspect } from 'node:util';
import { DEFAULT_PORT } from '../core/default-port.js';
import { isIPv6 } from './ip-literal.js';

/** One server as configured: host and port, or the path of a Unix domain socket. Immutable. */
export class HostAddress {
  /** Name or IP address in lower case, an IPv6 address without brackets; the path for a Unix domain socket. */
  readonly host: string;
  /** Absent where none was given, and for Unix domain sockets. */
  readonly port: number | undefined;
  /** Path of a Unix domain socket. */
  readonly socketPath: string | undefined;

  private constructor(host: string, port: number | undefined, socketPath: string | undefined) {
    this.host = host;
    this.port = port;
    this.socketPath = socketPath;
    Object.freeze(this);
  }

  /** Host names do not depend on letter case, and replies of servers are compared with them (SDAM specification). */
  static tcp(host: string, port?: number): HostAddress {
    return new HostAddress(host.toLowerCase(), port, undefined);
  }

  static socket(path: string): HostAddress {
    return new HostAddress(path, undefined, path);
  }

  /** This address, or the same host with `port` where it has none of its own. */
  withDefaultPort(port: number): HostAddress {
    return this.socketPath === undefined && this.port === undefined ? HostAddress.tcp(this.host, port) : this;
  }

  /** `host:port`, `[::1]:27017`, or the path of a socket. */
  toString(): string {
    if (this.socketPath !== undefined) return this.socketPath;
    const host = isIPv6(this.host) ? `[${this.host}]` : this.host;
    return `${host}:${String(this.port ?? DEFAULT_PORT)}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
