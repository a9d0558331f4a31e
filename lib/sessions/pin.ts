/**
 * Where all commands of a transaction go (transactions specification, "Mongos Pinning"): one router, or, behind a load
 * balancer, one connection, as nothing else leads to the same service again.
 */
export interface Pin {
  /** `host:port` of the router or load balancer. */
  readonly address: string;
  /** The connection, kept from its pool for as long as the pin lasts. Sessions know no more of it than how to give it back. */
  readonly connection: { release(): void; abandon(reason: Error): void } | undefined;
}
