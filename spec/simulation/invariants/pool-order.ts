import { Pool } from '../../../lib/pool/pool.js';
import type { Lease } from '../../../lib/pool/lease.js';
import type { PoolCounts } from './pool-counts.js';

export interface OrderedPool {
  readonly counts: PoolCounts;
  readonly complain: (message: string) => void;
  /** Check-outs that wait, in the order they came. */
  readonly tickets: Set<object>;
}

/** The pool whose check-out has just been announced: events do not say whose check-out they are about. */
let announced: OrderedPool | undefined;

export const announceCheckOut = (pool: OrderedPool): void => {
  announced = pool;
};

/**
 * Pools serve check-outs in the order they came. Whoever has a connection being established for it has left the queue:
 * as many may be overtaken as connections are on their way (CMAP specification, "Checking Out a Connection").
 */
const checkOut = Pool.prototype.checkOut;
Pool.prototype.checkOut = function (this: Pool, ...args: Parameters<Pool['checkOut']>) {
  announced = undefined;
  const lease = checkOut.apply(this, args);
  // Set by the listener of the event that the call above published.
  const pool = announced as OrderedPool | undefined;
  if (pool !== undefined) watchOrder(pool, lease);
  return lease;
};

/** Complains where a check-out that has just begun is served before more of the earlier ones than have left the queue. */
export const watchOrder = (pool: OrderedPool, lease: Lease | Promise<Lease>): void => {
  if ('then' in lease) waitInLine(pool, lease);
  else mayOvertake(pool, pool.counts.waiting, lease);
};

const mayOvertake = ({ counts, complain }: OrderedPool, overtaken: number, lease: Lease): void => {
  const { id } = lease.connection;
  const connecting = counts.connectingAtService.get(id) ?? 0;
  if (overtaken <= connecting) return;
  complain(
    `connection ${String(id)} to ${counts.address} was handed to a check-out that came after ${String(overtaken)} others, of which at most ${String(connecting)} have a connection on its way`,
  );
};

const waitInLine = (pool: OrderedPool, lease: Promise<Lease>): void => {
  const ticket = {};
  pool.tickets.add(ticket);
  lease.then(
    (served) => {
      let before = 0;
      for (const other of pool.tickets) {
        if (other === ticket) break;
        before++;
      }
      pool.tickets.delete(ticket);
      mayOvertake(pool, before, served);
    },
    () => pool.tickets.delete(ticket),
  );
};
