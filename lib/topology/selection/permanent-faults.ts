import { hostFailure, type HostFailure } from './host-failure.js';
import type { TopologyDescription } from '../description/topology-description.js';
import { OTHER_REPLICA_SET } from '../description/update.js';

/** Codes of certificates that are not accepted, and of servers that do not speak TLS on this port. */
const TLS_CODES =
  /CERT|SELF_SIGNED|UNABLE_TO|ISSUER|ALTNAME|WRONG_VERSION|PACKET_LENGTH|UNSUPPORTED_PROTOCOL/;

/** Faults of a host that are the same at the next attempt: its name, its certificate, its replica set. */
const isPermanent = ({ phase, code }: HostFailure): boolean => {
  switch (phase) {
    case 'dns':
      return code === 'ENOTFOUND';
    case 'tls':
      return TLS_CODES.test(String(code).toUpperCase());
    default:
      return code === OTHER_REPLICA_SET;
  }
};

/** Whether waiting helps nothing: every host that was given has a fault that lasts, or does not belong here. */
export const isHopeless = ({ servers, rejected }: TopologyDescription): boolean =>
  servers.size === 0
    ? rejected.size > 0
    : [...servers.values()].every((server) => server.error !== null && isPermanent(hostFailure(server)));
