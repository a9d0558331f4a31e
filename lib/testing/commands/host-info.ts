import * as os from 'node:os';
import type { Command } from './command.js';

export const hostInfo: Command = {
  name: 'hostInfo',
  kind: 'admin',
  run: ({ runtime, member }) => ({
    system: {
      currentTime: new Date(runtime.wallClock()),
      hostname: member.address,
      cpuAddrSize: 64,
      memSizeMB: BigInt(Math.floor(os.totalmem() / 1024 / 1024)),
      numCores: os.cpus().length,
      cpuArch: os.arch(),
      numaEnabled: false,
    },
    os: { type: os.type(), name: os.platform(), version: os.release() },
    extra: {},
  }),
};
