import type { Command } from './command.js';
import { requireRouter } from './router-only.js';

export const isDbGrid: Command = {
  name: 'isdbgrid',
  kind: 'admin',
  run: (context) => {
    requireRouter(context, 'isdbgrid');
    return { isdbgrid: 1, hostname: context.member.address };
  },
};
