import type { Deployment } from '../../lib/testing/deployment.js';
import type { Route } from './network/route.js';
import type { Fault } from './schedule.js';
import type { World } from './world.js';

/** Has every fault of a schedule happen in its time, and end in its time. */
export const playFaults = (world: World, faults: readonly Fault[]): void => {
  for (const fault of faults) {
    world.time.after(fault.atMS, () => {
      world.log.note(`fault: ${JSON.stringify(fault)}`);
      const end = begin(world, fault);
      if (end === undefined) return;
      world.time.after(fault.forMS, () => {
        world.log.note(`fault over: ${fault.kind}`);
        end();
      });
    });
  }
};

/** Returns what ends it; nothing does where the damage is done. */
const begin = (world: World, fault: Fault): (() => void) | undefined => {
  switch (fault.kind) {
    case 'delay': {
      const route = routeOf(world, fault);
      route.slowDown(fault.extraMS);
      return () => route.slowDown(0);
    }
    case 'partition': {
      const route = routeOf(world, fault);
      route.block();
      return () => route.unblock();
    }
    case 'reset':
      for (const stream of streamsOf(world, fault)) stream.reset();
      return undefined;
    case 'half-open':
      for (const stream of streamsOf(world, fault)) stream.loseServer();
      return undefined;
    case 'lose-replies': {
      const streams = streamsOf(world, fault);
      for (const stream of streams) stream.loseReplies();
      return () => {
        for (const stream of streams) stream.reset();
      };
    }
    case 'cut':
      for (const stream of streamsOf(world, fault)) stream.cut(fault.side, fault.bytes);
      return undefined;
    case 'refuse': {
      const host = world.network.hosts[fault.member]!;
      host.refuse(true);
      for (const client of world.clients) {
        for (const stream of [...world.network.route(client.name, host.address).streams]) stream.reset();
      }
      return () => host.refuse(false);
    }
    case 'freeze-member': {
      const host = world.network.hosts[fault.member]!;
      host.freeze();
      return () => host.thaw();
    }
    case 'crash':
      return forced(
        world,
        fault.kind,
        ({ control }) => control.kill(fault.member),
        ({ control }) => control.restart(fault.member),
      );
    case 'step-down': {
      const { force, forMS } = fault;
      forced(world, fault.kind, ({ control }) => control.stepDown({ seconds: forMS / 1000, force }));
      return undefined;
    }
    case 'isolate':
      return forced(
        world,
        fault.kind,
        ({ control }) => control.partition([[fault.member]]),
        ({ control }) => control.heal(),
      );
    case 'lag':
      return forced(
        world,
        fault.kind,
        ({ control }) => control.lag(fault.member, fault.lagMS),
        ({ control }) => control.lag(fault.member, 0),
      );
    case 'freeze-client': {
      const client = world.players[fault.client]!;
      client.runtime.freeze();
      return () => {
        client.deadlines.thawed();
        client.runtime.thaw();
      };
    }
  }
};

/** What a deployment is made to do; there may be nobody who could. */
const forced = (
  { deployment, log }: World,
  name: string,
  begin: (deployment: Deployment) => Promise<void>,
  end?: (deployment: Deployment) => Promise<void>,
): (() => void) | undefined => {
  const run = (step: (deployment: Deployment) => Promise<void>): void => {
    step(deployment).catch((error: unknown) => log.note(`${name}: ${String(error)}`));
  };
  run(begin);
  return end && (() => run(end));
};

const routeOf = (world: World, { client, member }: { client: number; member: number }): Route =>
  world.network.route(world.players[client]!.name, world.network.hosts[member]!.address);

const streamsOf = (world: World, fault: { client: number; member: number }) => [
  ...routeOf(world, fault).streams,
];
