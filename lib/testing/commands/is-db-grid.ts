import type { Command } from './command.js';
import { requireSharding } from './router-only.js';

export const isDbGrid: Command = {
  name: 'isdbgrid',
  kind: 'admin',
  run: (context) => {
    requireSharding(context, 'isdbgrid');
    return { isdbgrid: 1, hostname: context.member.address };
  },
};
