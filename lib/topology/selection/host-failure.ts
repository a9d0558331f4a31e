import type { ConnectionPhase } from '../../core/errors/connection.js';
import type { ServerDescription } from '../description/server-description.js';

/** What is known of the latest failure of one host. */
export interface HostFailure {
  readonly address: string;
  readonly phase: ConnectionPhase | undefined;
  /** Of the innermost cause that has one: `ECONNREFUSED`, or a number of the server's list. */
  readonly code: string | number | undefined;
  /** All messages from the error to its innermost cause. */
  readonly message: string;
}

interface ErrorFacts {
  readonly phase?: ConnectionPhase;
  readonly code?: string | number;
  readonly cause?: unknown;
  readonly message?: string;
}

/** The driver's own codes say less than those of the system or the server. */
const isTelling = (code: unknown): code is string | number =>
  typeof code === 'number' || (typeof code === 'string' && !/^ERR_(CONNECTION|AUTO|NETWORK)/.test(code));

const chainOf = (error: unknown): readonly ErrorFacts[] => {
  const chain: ErrorFacts[] = [];
  for (let link = error; typeof link === 'object' && link !== null && chain.length < 8;) {
    chain.push(link as ErrorFacts);
    link = (link as ErrorFacts).cause;
  }
  return chain;
};

export const hostFailure = ({
  address,
  error,
}: Pick<ServerDescription, 'address' | 'error'>): HostFailure => {
  const chain = chainOf(error);
  return {
    address,
    phase: chain.find(({ phase }) => phase !== undefined)?.phase,
    code: chain.findLast(({ code }) => isTelling(code))?.code,
    message: chain.map(({ message }) => message ?? '').join(': '),
  };
};
