import type { Command } from './command.js';

export const currentOp: Command = {
  name: 'currentOp',
  kind: 'admin',
  adminOnly: true,
  run: ({ cluster, member, runtime }) => ({
    inprog: [...cluster.running.values()].map((operation) => ({
      type: 'op',
      host: member.address,
      opid: operation.operationId,
      active: true,
      op: 'command',
      ns: operation.namespace,
      command: { [operation.commandName]: 1 },
      client: operation.connection.remoteAddress,
      connectionId: operation.connection.id,
      ...(operation.connection.appName !== undefined && { appName: operation.connection.appName }),
      secs_running: BigInt(Math.floor((runtime.now() - operation.startedAt) / 1000)),
      microsecs_running: BigInt(Math.floor((runtime.now() - operation.startedAt) * 1000)),
    })),
  }),
};
