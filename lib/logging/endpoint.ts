/** Where a server is, as log messages have it. */
export interface Endpoint {
  /** Host name or IP address without brackets, or the path of a socket. */
  readonly serverHost: string;
  /** Absent for a socket. */
  readonly serverPort: number | undefined;
}

/** `host:port`, `[::1]:27017` or the path of a socket. */
export const endpointOf = (address: string): Endpoint => {
  if (address.includes('/')) return { serverHost: address, serverPort: undefined };
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon);
  return {
    serverHost: host.startsWith('[') ? host.slice(1, -1) : host,
    serverPort: Number(address.slice(colon + 1)),
  };
};
