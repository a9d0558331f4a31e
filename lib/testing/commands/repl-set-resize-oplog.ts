import { CommandError } from '../command-error.js';
import { asDouble, isNumber } from '../query/number.js';
import type { Command } from './command.js';
import { requireReplicaSet } from './replica-set-only.js';

const MEGABYTE = 1024 * 1024;

/** Sets how much the log of this member holds. Unlike a server's, it may be made as small as one likes. */
export const replSetResizeOplog: Command = {
  name: 'replSetResizeOplog',
  kind: 'admin',
  adminOnly: true,
  fields: ['size', 'minRetentionHours'],
  run: (context, { body }) => {
    requireReplicaSet(context);
    const size = body.get('size');
    if (size === undefined) return {};
    if (!isNumber(size) || !(asDouble(size) > 0)) {
      throw new CommandError('BadValue', "BSON field 'replSetResizeOplog.size' must be a positive number");
    }
    context.member.data.log.resize(asDouble(size) * MEGABYTE);
    return {};
  },
};
