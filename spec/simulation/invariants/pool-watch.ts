import type { AsyncMongoClient } from '../../../lib/client/async-mongo-client.js';
import type { Judge } from './breach.js';
import { PoolCounts } from './pool-counts.js';
import { announceCheckOut, type OrderedPool } from './pool-order.js';

/** Pools of one client keep their caps and their order. */
export const watchPools = (client: AsyncMongoClient, name: string, judge: Judge): void => {
  const { maxPoolSize, maxConnecting } = client.options;
  const pools = new Map<string, OrderedPool>();
  const complain = (message: string): void => judge.complain('pool order', `${name}: ${message}`);
  const pool = (address: string): OrderedPool => {
    let found = pools.get(address);
    if (found === undefined) {
      found = { counts: new PoolCounts(address), complain, tickets: new Set() };
      pools.set(address, found);
    }
    return found;
  };
  const counts = (address: string): PoolCounts => pool(address).counts;
  const checkCaps = ({ address, total, connecting, leased, open }: PoolCounts): void => {
    const breaks = (what: string): void => judge.complain('pool cap', `${name}: ${what} ${address}`);
    if (maxPoolSize > 0 && total > maxPoolSize) breaks(`${String(total)} connections to`);
    if (connecting.size > maxConnecting) breaks(`${String(connecting.size)} connections are established to`);
    if (leased > open.size) breaks(`${String(leased)} of ${String(open.size)} connections are out to`);
  };
  client
    .on('connectionPoolCreated', ({ address }) => pools.delete(address))
    .on('connectionCreated', ({ address, connectionId }) => {
      const own = counts(address);
      own.connecting.add(connectionId);
      checkCaps(own);
    })
    .on('connectionReady', ({ address, connectionId }) => {
      const own = counts(address);
      own.connecting.delete(connectionId);
      own.open.add(connectionId);
    })
    .on('connectionClosed', ({ address, connectionId }) => {
      const own = counts(address);
      own.connecting.delete(connectionId);
      own.open.delete(connectionId);
    })
    .on('connectionCheckOutStarted', ({ address }) => {
      const own = pool(address);
      own.counts.waiting++;
      announceCheckOut(own);
    })
    .on('connectionCheckOutFailed', ({ address }) => {
      counts(address).waiting--;
    })
    .on('connectionCheckedOut', ({ address, connectionId }) => {
      const own = counts(address);
      own.waiting--;
      own.leased++;
      own.connectingAtService.set(connectionId, own.connecting.size);
      checkCaps(own);
    })
    .on('connectionCheckedIn', ({ address }) => {
      counts(address).leased--;
    });
};
