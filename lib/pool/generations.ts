import type { ServiceId } from './service-id.js';

interface Service {
  generation: number;
  connections: number;
}

/**
 * Which connections belong to the past. One number for the pool; behind a load balancer one for each service as well,
 * kept as long as the service has connections (CMAP specification, "Load Balancer Mode").
 */
export class Generations {
  #current = 0;
  #services: Map<string, Service> | undefined;

  get current(): number {
    return this.#current;
  }

  /** Counts a new connection to a service in; returns its generation. */
  admit(serviceId: ServiceId): number {
    const key = serviceId.toHexString();
    const services = (this.#services ??= new Map<string, Service>());
    const service = services.get(key) ?? { generation: 0, connections: 0 };
    service.connections++;
    services.set(key, service);
    return service.generation;
  }

  /** Counts a connection out. */
  dismiss(serviceId: ServiceId | undefined): void {
    if (serviceId === undefined) return;
    const key = serviceId.toHexString();
    const service = this.#services?.get(key);
    if (service !== undefined && --service.connections === 0) this.#services?.delete(key);
  }

  /** Makes all connections stale, or those of one service. */
  advance(serviceId?: ServiceId): void {
    if (serviceId === undefined) {
      this.#current++;
      return;
    }
    const service = this.#services?.get(serviceId.toHexString());
    if (service !== undefined) service.generation++;
  }

  /** The generation that connections of this service have now. */
  of(serviceId: ServiceId | undefined): number {
    if (serviceId === undefined) return this.#current;
    return this.#services?.get(serviceId.toHexString())?.generation ?? 0;
  }

  isStale(generation: number, serviceId: ServiceId | undefined): boolean {
    return generation !== this.of(serviceId);
  }
}
