import { ErrorCode } from '../../core/errors/codes.js';
import type { HostFailure } from './host-failure.js';
import { OTHER_REPLICA_SET } from '../description/update.js';

export interface HintContext {
  readonly failures: readonly HostFailure[];
  /** The database the user is looked up in. */
  readonly authSource: string | undefined;
  /** Whether connections use TLS. */
  readonly tls: boolean | undefined;
  /** Hosts that answered and do not belong to the deployment. */
  readonly rejected: ReadonlyMap<string, string>;
}

interface Hint {
  readonly applies: (failure: HostFailure) => boolean;
  readonly say: (failure: HostFailure, context: HintContext) => string;
}

const isManaged = (address: string): boolean => /\.mongodb(-dev|gov)?\.net:/.test(address);

/** What usually lies behind a failure, and what to do about it. The first row that applies to a host speaks for it. */
const HINTS: readonly Hint[] = [
  {
    applies: ({ address, phase, message }) =>
      phase === 'tls' && isManaged(address) && /alert|ERR_SSL|ECONNRESET|closed/i.test(message),
    say: () =>
      'The managed deployment broke off the TLS handshake. As a rule the IP address of this machine is not on its access list.',
  },
  {
    applies: ({ phase, code }) =>
      phase === 'auth' || code === ErrorCode.AuthenticationFailed || code === ErrorCode.UserNotFound,
    say: (_failure, { authSource }) =>
      `The server refused the user. It was looked up in the database "${authSource ?? 'admin'}" (authSource): check user name and password, and where the user was created.`,
  },
  {
    applies: ({ phase, message }) =>
      phase === 'tls' && /certificate|self.signed|issuer|altnames|CERT_|UNABLE_TO/i.test(message),
    say: () =>
      "The server's certificate was not accepted. Give its authority with tlsCAFile, and connect by a name that the certificate holds.",
  },
  {
    applies: ({ phase, message }) => phase === 'tls' && /wrong version|packet length|ERR_SSL/i.test(message),
    say: () => 'The server does not seem to speak TLS on this port: leave out tls=true, or check the port.',
  },
  {
    applies: ({ address, code }) => code === 'ECONNREFUSED' && address.startsWith('[::1]'),
    say: () =>
      'Nothing listens on the IPv6 address ::1. Servers often listen on IPv4 alone: use 127.0.0.1 instead.',
  },
  {
    applies: ({ code }) => code === 'ECONNREFUSED',
    say: ({ address }) => `Nothing listens on ${address}: check host and port, and that the server runs.`,
  },
  {
    applies: ({ phase, code }) => phase === 'dns' || code === 'ENOTFOUND' || code === 'EAI_AGAIN',
    say: ({ address }) =>
      `The name of ${address} cannot be resolved here. Where a replica set's own names mean nothing outside of it, use directConnection=true.`,
  },
  {
    applies: ({ phase, message }) => phase === 'hello' && /lost|closed|reset/i.test(message),
    say: (_failure, { tls }) =>
      tls === true
        ? 'The server closed the connection before it answered.'
        : 'The server closed the connection before it answered: it may ask for TLS (tls=true).',
  },
  {
    applies: ({ code }) => code === OTHER_REPLICA_SET,
    say: () => 'The option replicaSet names another replica set than the server belongs to.',
  },
];

/** One line for each kind of trouble that is recognized, in the order of the table. */
export const connectionHints = (context: HintContext): readonly string[] => {
  const lines = new Map<Hint, string>();
  for (const failure of context.failures) {
    const hint = HINTS.find(({ applies }) => applies(failure));
    if (hint !== undefined && !lines.has(hint)) lines.set(hint, hint.say(failure, context));
  }
  const hints = HINTS.flatMap((hint) => lines.get(hint) ?? []);
  const strangers = [...context.rejected.values()];
  if (strangers.some((why) => why.includes('its replica set calls it') || why.includes('does not name it'))) {
    hints.push(
      'A host answered under another name than its replica set has for it: use the names of the set, or directConnection=true.',
    );
  }
  return hints;
};
