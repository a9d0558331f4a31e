import type { ConnectionDescription } from '../connection/connection-description.js';

/** Names a service behind a load balancer. */
export type ServiceId = NonNullable<ConnectionDescription['serviceId']>;
